package main

import (
	"context"
	"time"
)

// An end takes so long at most. What remains of ten seconds is for the database.
const (
	// telling is how long sockets have to hear that the program ends. A client that polls comes
	// back for it in a moment; one that has vanished never does.
	telling = time.Second
	// grace is how long requests have then to end: a phone that has sent half of something needs
	// it.
	grace = 5 * time.Second
	// drain is how long sockets have at last to take what was sent to them.
	drain = 2 * time.Second
)

// tellRestart tells all sockets, while those can still be reached that poll.
func (m *Main) tellRestart(ctx context.Context) {
	if m.door == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, telling)
	defer cancel()
	m.door.TellRestart(ctx)
}

// endRequests lets nobody in any more and waits for the answers of those that are in: a request
// that takes its time, such as the picture of a phone, is waited for while the chat goes on. An
// http.Server that shuts down would drop the requests that it is just reading. It reports whether
// all have been answered.
func (m *Main) endRequests(ctx context.Context) (all bool) {
	m.site.listener.Close()
	if m.served != nil {
		<-m.served
	}
	m.site.server.SetKeepAlivesEnabled(false)
	defer time.AfterFunc(hush, m.silent.close).Stop()
	ctx, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	return m.underway.over(ctx, &m.silent)
}

// endSockets ends the sockets, whose long polls are answered then, and what is left of requests.
func (m *Main) endSockets(ctx context.Context, wait bool) {
	ctx, cancel := context.WithTimeout(ctx, drain)
	defer cancel()
	if err := m.door.Shutdown(ctx); err != nil {
		m.Log.Info("some sockets took no more", "error", err)
	}
	if wait && m.site.server.Shutdown(ctx) == nil {
		return
	}
	m.Log.Info("requests that took too long are cut off", "requests", m.underway.n.Load())
	m.site.server.Close()
}
