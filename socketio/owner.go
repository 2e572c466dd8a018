package socketio

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net"
	"net/http"
	"time"

	"github.com/madang-chat/madang/engineio"
)

// With Options.ForwardSessions the id of a connection begins with a mark of its server's name; the
// other 14 characters are 84 random bits. Two servers of a cluster of 100 have the same mark with a
// probability of 10⁻⁷.
const (
	markLength = 6
	sidLength  = 20
)

// ownerMark is the same in every process and version.
func ownerMark(name string) string {
	sum := sha256.Sum256([]byte("madang session owner\n" + name))
	return base64.RawURLEncoding.EncodeToString(sum[:])[:markLength]
}

// forwardOptions are those of the engine that let any server take any request.
func (s *Server) forwardOptions(o *engineio.Options) {
	if !s.opts.ForwardSessions || s.opts.Bus == nil {
		return
	}
	own := ownerMark(s.Name())
	mark := func(sid string) string { return sid[:markLength] }
	o.GenerateID = func(*http.Request) (string, error) {
		var b [15]byte
		rand.Read(b[:])
		return own + base64.RawURLEncoding.EncodeToString(b[:])[markLength:], nil
	}
	o.Elsewhere = func(sid string) func(context.Context) (net.Conn, error) {
		if len(sid) != sidLength || mark(sid) == own {
			return nil
		}
		name := s.marked(mark(sid))
		if name == "" {
			return nil
		}
		return func(context.Context) (net.Conn, error) {
			conn, err := s.tunnels.dial(name)
			// One that leaves from here on ends the tunnel by its BusLeft.
			if err == nil && s.marked(mark(sid)) != name {
				conn.Close()
				return nil, errOwnerLeft
			}
			return conn, err
		}
	}
}

// marked is the server of that mark, empty when there is none.
func (s *Server) marked(mark string) string {
	names, err := s.Peers(s.ctx)
	if err != nil {
		return ""
	}
	for _, name := range names {
		if ownerMark(name) == mark {
			return name
		}
	}
	return ""
}

// partForwarded ends the WebSockets that this server forwards in batches, and waits for the polls,
// which their owners answer early.
func (s *Server) partForwarded(ctx context.Context) {
	var last time.Time
	for {
		webSockets, requests := s.engine.CloseForwarded(s.opts.ShutdownBatch)
		switch {
		case webSockets > 0:
		case requests == 0 || !last.IsZero() && time.Since(last) > lastAnswer:
			return
		case last.IsZero():
			last = time.Now()
		}
		select {
		case <-time.After(max(s.opts.ShutdownPause, time.Millisecond)):
		case <-ctx.Done():
			return
		}
	}
}

// settleForwarded lets clients whose polls other servers forward have the last answer.
func (s *Server) settleForwarded(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, lastAnswer)
	defer cancel()
	s.tunnels.wait(ctx)
}

// lastAnswer is how long the way to another server and back may take.
const lastAnswer = time.Second
