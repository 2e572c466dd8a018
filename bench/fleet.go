package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
)

// dialers is how many handshakes are under way at a time.
const dialers = 32

// A fleet is the clients of one measurement. Each has a goroutine that reads until the
// connection ends; close ends them all.
type fleet struct {
	clients []*client
	crew    []receiver // of each client
	failed  chan error // holds the first error
	readers sync.WaitGroup
	ending  atomic.Bool // the connections are meant to end
	stop    func() bool // of the watch over ctx
}

// assemble connects n clients. What client i receives goes to crew(i, client).
func assemble(ctx context.Context, addr string, n int, crew func(i int, c *client) receiver) (*fleet, error) {
	return muster(ctx, n, func(i int) (*client, error) { return dial(ctx, addr, i) }, crew)
}

// muster is assemble with another way to connect.
func muster(ctx context.Context, n int, dial func(i int) (*client, error), crew func(i int, c *client) receiver) (*fleet, error) {
	f := &fleet{clients: make([]*client, n), crew: make([]receiver, n), failed: make(chan error, 1)}
	var next atomic.Int64
	var dialing sync.WaitGroup
	for range min(dialers, n) {
		dialing.Go(func() {
			for len(f.failed) == 0 {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				c, err := dial(i)
				if err != nil {
					f.fail(err)
					return
				}
				r := crew(i, c)
				f.clients[i], f.crew[i] = c, r
				f.readers.Go(func() { f.read(i, c, r) })
			}
		})
	}
	dialing.Wait()
	f.stop = context.AfterFunc(ctx, func() {
		f.fail(ctx.Err())
		f.hangUp()
	})
	select {
	case err := <-f.failed:
		f.abandon()
		return nil, fmt.Errorf("connect %d clients: %w", n, err)
	default:
		return f, nil
	}
}

func (f *fleet) read(i int, c *client, r receiver) {
	err := c.serve(r)
	switch {
	case f.ending.Load() && errors.Is(err, io.EOF):
	case errors.Is(err, io.EOF):
		f.fail(fmt.Errorf("client %d: the server ended the connection", i))
	default:
		f.fail(fmt.Errorf("client %d: %w", i, err))
	}
}

func (f *fleet) fail(err error) {
	select {
	case f.failed <- err:
	default:
	}
}

// close ends every connection from our side and reads what was still under way, so that a message
// too many is seen. It returns the first error that any client met.
func (f *fleet) close() error {
	f.ending.Store(true)
	for i, c := range f.clients {
		if err := c.end(); err != nil {
			f.fail(fmt.Errorf("client %d: end: %w", i, err))
		}
	}
	f.readers.Wait()
	f.stop()
	f.hangUp()
	select {
	case err := <-f.failed:
		return err
	default:
		return nil
	}
}

// abandon ends the connections without a word.
func (f *fleet) abandon() {
	f.ending.Store(true)
	f.hangUp()
	f.readers.Wait()
	f.stop()
}

func (f *fleet) hangUp() {
	for _, c := range f.clients {
		if c != nil {
			c.conn.Close()
		}
	}
}
