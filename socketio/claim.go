package socketio

import (
	"context"
	"errors"
	"time"
)

// find takes the session of pid for a socket, and from whatever connection still has it: there are
// never two sockets with one id. It is nil when there is none.
func (q *sequence) find(ctx context.Context, s *Socket, pid string) (*BusSession, error) {
	if err := q.wrest(ctx, pid, s); err != nil {
		return nil, err
	}
	x, err := q.fetch(pid)
	if x == nil && err == nil {
		q.claim(ctx, pid)
		x, err = q.fetch(pid) // also when nobody had it: it may have been saved just before
	}
	if x == nil {
		q.free(pid, s)
		return nil, err
	}
	q.mu.Lock()
	q.hold(pid, s, true)
	delete(q.away, pid)
	q.mu.Unlock()
	return x, nil
}

func (q *sequence) fetch(pid string) (*BusSession, error) {
	// Not with the context of the client: the session might be lost.
	ctx, cancel := context.WithTimeout(q.ns.server.working, storePatience)
	defer cancel()
	x, err := q.bus.TakeSession(ctx, q.ns.name, pid)
	if err != nil || x == nil {
		return nil, err
	}
	if x.PID != pid || x.SID == "" || len(x.SID) > maxSessionID {
		return nil, errors.New("socketio: the store returned another session")
	}
	if _, live := q.ns.Socket(x.SID); live {
		return nil, errors.New("socketio: the store returned the session of a socket that is here")
	}
	return x, nil
}

// maxSessionID is longer than the ids of any server.
const maxSessionID = 256

var errHeld = errors.New("socketio: the session is still at work")

// wrest makes s the holder, and closes the connection of whatever socket of this server is it.
func (q *sequence) wrest(ctx context.Context, pid string, s *Socket) error {
	late := time.NewTimer(q.opts.HandoverTimeout)
	defer late.Stop()
	for {
		q.mu.Lock()
		h, ok := q.hold(pid, s, false)
		before := h.next
		if !ok {
			h.next = s
			q.holders[pid] = h
		}
		q.mu.Unlock()
		if ok {
			return nil
		}
		takeOver(h.socket, s)
		takeOver(before, s)
		select {
		case <-h.gone:
		case <-late.C:
			return errHeld
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// takeOver closes the connection of a socket for another one, unless it is the same: then the
// socket has ended.
func takeOver(old, s *Socket) {
	if old != nil && (s == nil || old.conn != s.conn) {
		old.conn.endAll(ReasonTakenOver)
		old.conn.es.Discard()
	}
}

// claim asks the other servers for a session, and waits until one of them has saved it.
func (q *sequence) claim(ctx context.Context, pid string) {
	ctx, cancel := context.WithTimeout(ctx, min(q.opts.HandoverTimeout, remotePatience))
	defer cancel()
	box := newMailbox[letter]()
	m := BusMessage{Kind: BusClaim, Event: pid, Timeout: timeout(ctx)}
	a, err := q.ns.inquire(ctx, Target{ns: q.ns}, m, BusCount, func(a *inquiry, m *BusMessage) { box.put(letter{a, m}) })
	defer a.end()
	if err != nil && len(a.open) == 0 {
		q.ns.adviseStore("ask other servers for the session of a client", err)
	}
	for waiting := len(names(a.open)); waiting > 0; {
		got, err := box.take(ctx)
		switch {
		case err != nil || got.m == nil:
			return
		case got.m.Kind == BusLeft:
			waiting -= a.leave(got.m.From)
		case a.answered(got.m):
			if got.m.Count > 0 {
				return
			}
			waiting--
		}
	}
}

// answerClaim gives a session up for another server.
func (n *Namespace) answerClaim(m *BusMessage) {
	none := func() { n.answered(n.reply(m, &BusMessage{Kind: BusCount})) }
	q := n.sequence
	if q == nil {
		none()
		return
	}
	q.mu.Lock()
	h, ok := q.holders[m.Event]
	q.mu.Unlock()
	if !ok || !h.taken {
		none()
		return
	}
	if !n.server.work(func() {
		ctx, cancel := n.server.patience(m)
		defer cancel()
		takeOver(h.socket, nil)
		select {
		case <-h.gone:
			n.answered(n.reply(m, &BusMessage{Kind: BusCount, Count: 1}))
		case <-ctx.Done():
			none()
		}
	}) {
		n.refuse(m, BusCount)
	}
}
