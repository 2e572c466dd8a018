package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

const pollingClients = 100

// separator stands between the packets of one polling answer.
const separator = "\x1e"

// runPolling measures echo calls over HTTP long-polling, one outstanding for each client: a GET
// that waits and a POST that asks, on a connection of its own each, as browsers do it.
func runPolling(ctx context.Context, t target, s settings) (sample, error) {
	w := open()
	failed := make(chan error, 1)
	fail := func(i int, err error) {
		w.stopping.Store(true)
		select {
		case failed <- fmt.Errorf("polling client %d: %w", i, err):
		default:
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	var callers sync.WaitGroup
	for i := range s.clients(pollingClients) {
		w.pending.Add(1)
		callers.Go(func() {
			p, err := dialPolling(ctx, t.addr, i)
			if err != nil {
				fail(i, err)
				return
			}
			defer p.close()
			for again := true; again; again = w.settled(1, 1) {
				begun := w.now()
				err := p.echo(i)
				w.took.add(w.now()-begun, 1)
				if err != nil {
					fail(i, err)
					return
				}
			}
		})
	}
	found, err := w.measure(ctx, t, s, failed)
	cancel() // ends what an error left waiting
	callers.Wait()
	return found, err
}

// A poller is one client on long-polling. One goroutine uses it.
type poller struct {
	host string
	get  exchange
	post exchange
	path string
	asks int // echo calls so far
	pong bool
	stop func() bool // of the watch over the context
}

// An exchange is an HTTP connection with one request at a time.
type exchange struct {
	conn net.Conn
	in   *bufio.Reader
}

func dialPolling(ctx context.Context, addr string, i int) (*poller, error) {
	p := &poller{host: addr, path: "/socket.io/?EIO=4&transport=polling"}
	for _, x := range []*exchange{&p.get, &p.post} {
		d := net.Dialer{Timeout: patience}
		conn, err := d.DialContext(ctx, "tcp", addr)
		if err != nil {
			p.close()
			return nil, err
		}
		*x = exchange{conn, bufio.NewReaderSize(conn, readBuffer)}
	}
	p.stop = context.AfterFunc(ctx, func() {
		p.get.conn.Close()
		p.post.conn.Close()
	})
	if err := p.handshake(); err != nil {
		p.close()
		return nil, fmt.Errorf("handshake: %w", err)
	}
	return p, nil
}

func (p *poller) close() {
	if p.stop != nil {
		p.stop()
	}
	for _, x := range []exchange{p.get, p.post} {
		if x.conn != nil {
			x.conn.Close()
		}
	}
}

func (p *poller) handshake() error {
	opened, err := p.turn("")
	if err != nil {
		return err
	}
	var open struct {
		SID string `json:"sid"`
	}
	if err := json.Unmarshal([]byte(strings.TrimPrefix(opened, "0")), &open); err != nil || open.SID == "" {
		return fmt.Errorf("got %q, want an open packet", opened)
	}
	p.path += "&sid=" + open.SID
	return p.ask("40", func(packet string) bool { return strings.HasPrefix(packet, "40{") })
}

func (p *poller) echo(number int) error {
	want := fmt.Sprintf(`43%d["%s"]`, p.asks, appendPayload(nil, number, p.asks))
	ask := string(appendEcho(nil, number, p.asks))
	p.asks++
	return p.ask(ask, func(packet string) bool { return packet == want })
}

// ask sends something and waits for its answer.
func (p *poller) ask(ask string, answers func(packet string) bool) error {
	for answered := false; !answered; {
		if p.pong {
			ask, p.pong = strings.Trim(ask+separator+"3", separator), false
		}
		got, err := p.turn(ask)
		if err != nil {
			return err
		}
		// A heartbeat may come alone or with the answer.
		ask = ""
		for packet := range strings.SplitSeq(got, separator) {
			switch {
			case packet == "2":
				p.pong = true
			case !answered && answers(packet):
				answered = true
			default:
				return fmt.Errorf("got %q, which answers nothing", got)
			}
		}
	}
	return nil
}

// turn lets a GET wait, posts body unless it is empty, and returns what the GET brought.
func (p *poller) turn(body string) (string, error) {
	if err := p.get.request("GET "+p.path+" HTTP/1.1\r\nHost: "+p.host, ""); err != nil {
		return "", err
	}
	if body != "" {
		if err := p.post.request("POST "+p.path+" HTTP/1.1\r\nHost: "+p.host+"\r\nContent-Type: text/plain;charset=UTF-8", body); err != nil {
			return "", err
		}
		said, err := p.post.answer()
		if err == nil && said != "ok" {
			err = fmt.Errorf("got %q, want ok", said)
		}
		if err != nil {
			return "", fmt.Errorf("post: %w", err)
		}
	}
	return p.get.answer()
}

func (x exchange) request(head, body string) error {
	x.conn.SetDeadline(time.Now().Add(2 * patience)) // heartbeats come every 25 s at the latest
	if body != "" {
		head += fmt.Sprintf("\r\nContent-Length: %d", len(body))
	}
	_, err := io.WriteString(x.conn, head+"\r\n\r\n"+body)
	return err
}

func (x exchange) answer() (string, error) {
	answer, err := http.ReadResponse(x.in, nil)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("got %s: %q", answer.Status, body)
	}
	return string(body), err
}
