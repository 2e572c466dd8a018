package pgbus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/madang-chat/madang/socketio/internal/adapter"
	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// order has the connection that listens execute statements.
func (k *link) order(ctx context.Context, sql string) error {
	o := order{sql, make(chan error, 1)}
	k.mu.Lock()
	k.orders = append(k.orders, o)
	if k.wake != nil {
		k.wake()
	}
	k.mu.Unlock()
	select {
	case err := <-o.done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// read uses the connection until the session ends.
func (k *link) read(ctx context.Context) {
	defer hangUp(k.conn)
	var next *pgconn.Notification
	for ctx.Err() == nil {
		k.mu.Lock()
		wait, wake := context.WithCancel(ctx)
		k.wake = wake
		orders := k.orders
		k.orders = nil
		k.mu.Unlock()
		for _, o := range orders {
			_, err := k.conn.PgConn().Exec(ctx, o.sql).ReadAll()
			o.done <- err
		}
		var err error
		next, err = k.wait(wait, next)
		wake()
		if err != nil {
			k.Fail(fmt.Errorf("pgbus: the connection to PostgreSQL: %w", err))
			return
		}
	}
}

// wait takes notifications until there is an order. It returns one that nobody has taken yet, and
// begins with that one.
func (k *link) wait(ctx context.Context, next *pgconn.Notification) (*pgconn.Notification, error) {
	for {
		if next == nil {
			n, err := k.conn.WaitForNotification(ctx)
			switch {
			case n != nil:
				k.Heard() // own heartbeats may wait behind thousands of events
				next = n
			case ctx.Err() != nil && !k.conn.IsClosed():
				return nil, nil
			default:
				return nil, err
			}
		}
		select {
		case k.came <- next:
			next = nil
		case <-ctx.Done():
			return next, nil
		}
	}
}

// load hands on what came, in order. What lies in the table is read for many at once.
func (k *link) load(ctx context.Context) {
	defer func() {
		for _, namespace := range k.nodes.Namespaces() {
			k.left(k.nodes.Forget(namespace))
		}
		if k.log != nil {
			k.log.abandon()
		}
	}()
	if k.log != nil {
		if err := k.catchUp(ctx); err != nil {
			k.Fail(err)
			return
		}
		k.seen = k.log.last
	}
	for {
		var list []*piece
		select {
		case n := <-k.came:
			list = k.open(list, n)
		case <-ctx.Done():
			return
		}
	more:
		for len(list) < mostLoaded {
			select {
			case n := <-k.came:
				list = k.open(list, n)
			default:
				break more
			}
		}
		if err := k.fetch(ctx, list); err != nil {
			k.Fail(err)
			return
		}
	}
}

// mostLoaded is how many attachments are read at once.
const mostLoaded = 100

// A piece is a notification, and the attachment that it names.
type piece struct {
	cluster.Arrival
	id     int64 // of the attachment; 0: none
	offset int64 // in the log; 0: it isn't kept
	mark   *mark // of an own event
}

// open appends what a notification is, unless it isn't for this server.
func (k *link) open(list []*piece, n *pgconn.Notification) []*piece {
	p := &piece{Arrival: cluster.Arrival{Channel: n.Channel, Payload: []byte(n.Payload)}}
	if n.Channel == k.members() || n.Channel == k.member(k.bus.Server().Name) {
		if strings.HasPrefix(n.Payload, proofMark) {
			return list
		}
		if e, err := adapter.Open(p.Payload); err == nil && e.Attachment != "" {
			p.id, _ = strconv.ParseInt(e.Attachment, 10, 64) // it is a number
		}
		return append(list, p)
	}
	namespace, ok := k.namespace(n.Channel)
	if !ok {
		return list // it has left it
	}
	if k.log != nil {
		if m, id, kept := markOf(p.Payload); kept {
			if id <= k.seen {
				return list // it has been read from the table
			}
			k.seen, p.offset = id, id
			if m.Run == k.bus.Run() {
				p.mark = &m
				return append(list, p)
			}
		}
	}
	e, err := k.sort(namespace, p.Payload)
	switch {
	case err != nil:
		p.Value = err
	case e == nil:
		return list
	case e.Attachment != "":
		p.id, _ = strconv.ParseInt(e.Attachment, 10, 64)
	default:
		if k.beats(*e, p.Payload) {
			return list
		}
		p.Value = *e
	}
	return append(list, p)
}

// namespace is that of a channel, empty for the one on which ours ask.
func (k *link) namespace(channel string) (namespace string, ok bool) {
	if channel == k.questionsOfOurs() {
		return "", true
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	namespace, ok = k.namespaces[channel]
	return namespace, ok
}

var errGone = errors.New("an attachment that is gone")

// fetch puts pieces, those with attachments as these come from the table.
func (k *link) fetch(ctx context.Context, list []*piece) error {
	var ids []int64
	for _, p := range list {
		if p.id != 0 {
			ids = append(ids, p.id)
		}
	}
	if ids == nil {
		for _, p := range list {
			k.put(p)
		}
		return nil
	}
	rows, err := k.pool.Query(ctx, "SELECT kept.payload FROM unnest($1::bigint[]) WITH ORDINALITY AS t(id, n) LEFT JOIN "+
		k.table+" AS kept USING (id) ORDER BY n", ids)
	if err != nil {
		return fmt.Errorf("pgbus: read attachments: %w", err)
	}
	defer rows.Close()
	for _, p := range list {
		if p.id != 0 && rows.Next() {
			var content []byte
			if err := rows.Scan(&content); err != nil {
				return fmt.Errorf("pgbus: read attachments: %w", err)
			}
			k.fill(p, bytes.Clone(content))
		}
		if rows.Err() == nil {
			k.put(p)
		}
	}
	rows.Close()
	if err := rows.Err(); err != nil {
		return fmt.Errorf("pgbus: read attachments: %w", err)
	}
	return nil
}

// fill takes an attachment for what the piece is.
func (k *link) fill(p *piece, content []byte) {
	namespace, ok := k.namespace(p.Channel)
	switch {
	case content == nil:
		p.Value = errGone
	case !ok:
		p.Payload = content // one of ours says it
	default:
		p.Payload = content
		if e, err := k.sort(namespace, content); err != nil {
			p.Value = err
		} else if e != nil {
			p.Value = *e
		}
	}
}

// put hands on a piece, and waits while too much waits for the server.
func (k *link) put(p *piece) {
	if p.offset != 0 {
		k.log.last = p.offset // what isn't handed on is read from the log by the next session
	}
	if p.mark != nil {
		k.returned(*p.mark, p.offset)
		return
	}
	if e, ok := p.Value.(adapter.Envelope); ok {
		k.nodes.Heard(e.NSP, e.UID, e.Type, time.Now())
	}
	if e, ok := p.Value.(adapter.Envelope); ok && p.offset != 0 {
		p.Value = keptEnvelope{e, p.offset}
	}
	k.putting.Store(time.Now().UnixNano())
	k.Put(p.Arrival)
	k.putting.Store(0)
}
