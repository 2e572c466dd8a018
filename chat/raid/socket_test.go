package raid

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/coder/websocket"
)

// socket is a Socket.IO client over WebSocket. Before listen one goroutine uses it, then any.
type socket struct {
	conn *websocket.Conn
	hear func(name string, payload json.RawMessage) // events; called by listen's goroutine

	mu   sync.Mutex
	asks map[int]chan json.RawMessage // guarded by mu; nil = ended
	id   int                          // guarded by mu
}

const socketPath = "/socket.io/?EIO=4&transport=websocket"

// dial opens a connection in no namespace. Its end is that of the context.
func (v *visitor) dial(ctx context.Context) (*socket, error) {
	header := http.Header{}
	v.dress(header)
	conn, response, err := websocket.Dial(ctx, "ws://"+v.server+socketPath, &websocket.DialOptions{HTTPClient: v.client, HTTPHeader: header})
	if err != nil {
		r := &refusal{err: err}
		if response != nil {
			var f failure
			_ = json.NewDecoder(response.Body).Decode(&f) // it may not be JSON
			r.status, r.code, r.err = response.StatusCode, f.Error.Code, nil
		}
		return nil, r
	}
	conn.SetReadLimit(-1)
	return &socket{conn: conn, asks: map[int]chan json.RawMessage{}}, nil
}

// enter dials and connects to a namespace.
func (v *visitor) enter(ctx context.Context, namespace string) (*socket, error) {
	s, err := v.dial(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.connect(ctx, namespace); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// sit takes a seat in a room, and hears from then on.
func (v *visitor) sit(ctx context.Context, room string, hear func(string, json.RawMessage)) (*socket, error) {
	s, err := v.enter(ctx, "/chat")
	if err != nil {
		return nil, err
	}
	s.listen(hear)
	if _, err := s.ask(ctx, "/chat", "join", map[string]any{"room": room}); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *socket) close() { s.conn.CloseNow() }

func (s *socket) write(ctx context.Context, text string) error {
	return s.conn.Write(ctx, websocket.MessageText, []byte(text))
}

// read returns the next packet of Socket.IO.
func (s *socket) read(ctx context.Context) (string, error) {
	for {
		_, data, err := s.conn.Read(ctx)
		switch {
		case err != nil:
			return "", err
		case string(data) == "2":
			if err := s.write(ctx, "3"); err != nil {
				return "", err
			}
		case len(data) > 1 && data[0] == '4':
			return string(data[1:]), nil
		}
	}
}

// connect enters a namespace.
func (s *socket) connect(ctx context.Context, namespace string) error {
	if err := s.write(ctx, "40"+namespace+","); err != nil {
		return err
	}
	for {
		packet, err := s.read(ctx)
		if err != nil {
			return err
		}
		if strings.HasPrefix(packet, "0"+namespace+",") {
			return nil
		}
		if rest, ok := strings.CutPrefix(packet, "4"+namespace+","); ok {
			var refused struct{ Data struct{ Code string } }
			_ = json.Unmarshal([]byte(rest), &refused)
			return &refusal{code: refused.Data.Code, err: fmt.Errorf("connect: %s", rest)}
		}
	}
}

// listen reads until the connection ends.
func (s *socket) listen(hear func(string, json.RawMessage)) {
	s.hear = hear
	go func() {
		for {
			packet, err := s.read(context.Background())
			if err != nil {
				break
			}
			s.take(packet)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, answer := range s.asks {
			close(answer)
		}
		s.asks = nil
	}()
}

func (s *socket) take(packet string) {
	kind, rest := packet[0], packet[1:]
	if strings.HasPrefix(rest, "/") {
		_, rest, _ = strings.Cut(rest, ",")
	}
	open := strings.IndexByte(rest, '[')
	if open < 0 {
		return
	}
	var args []json.RawMessage
	if json.Unmarshal([]byte(rest[open:]), &args) != nil || len(args) == 0 {
		return
	}
	switch kind {
	case '3':
		id, _ := strconv.Atoi(rest[:open])
		s.mu.Lock()
		if answer := s.asks[id]; answer != nil {
			answer <- args[0]
			delete(s.asks, id)
		}
		s.mu.Unlock()
	case '2':
		var name string
		if json.Unmarshal(args[0], &name) == nil && s.hear != nil {
			s.hear(name, append(args, nil)[1])
		}
	}
}

// ask sends an event and waits for its answer.
func (s *socket) ask(ctx context.Context, namespace, event string, payload any) (json.RawMessage, error) {
	s.mu.Lock()
	if s.asks == nil {
		s.mu.Unlock()
		return nil, &refusal{err: fmt.Errorf("%s: the connection has ended", event)}
	}
	s.id++
	id, answer := s.id, make(chan json.RawMessage, 1)
	s.asks[id] = answer
	s.mu.Unlock()
	args, _ := json.Marshal([]any{event, payload})
	if err := s.write(ctx, fmt.Sprintf("42%s,%d%s", namespace, id, args)); err != nil {
		return nil, &refusal{err: err}
	}
	select {
	case reply, ok := <-answer:
		if !ok {
			return nil, &refusal{err: fmt.Errorf("%s: the connection ended", event)}
		}
		var f failure
		if err := json.Unmarshal(reply, &f); err != nil {
			return nil, err
		}
		if !f.OK {
			return nil, &refusal{code: f.Error.Code, after: f.Error.RetryAfterMs}
		}
		return reply, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
