package raid

import (
	"context"
	"strings"

	"github.com/coder/websocket"
)

// sockets are opened and kept, in both namespaces.
func (r *raider) sockets(ctx context.Context) {
	v := r.fresh(ctx)
	if v == nil {
		return
	}
	var open []*socket
	defer func() {
		for _, s := range open {
			s.close()
		}
	}()
	for r.again(ctx) {
		s, err := v.enter(ctx, "/room")
		if err == nil {
			err = s.connect(ctx, "/chat")
			s.listen(nil)
			open = append(open, s)
		}
		r.note(ctx, err)
		if len(open) > r.held {
			open[0].close()
			open = open[1:]
		}
		if len(open)%20 == 19 { // an identity has fewer than an address
			if v = r.fresh(ctx); v == nil {
				sleep(ctx, 100*r.pause)
				return
			}
		}
	}
}

const pollingPath = "/socket.io/?EIO=4&transport=polling"

// poll opens a session by polling and tells its address.
func (v *visitor) poll(ctx context.Context) (path string, err error) {
	var body rawText
	if err := v.do(ctx, "GET", pollingPath, "", nil, &body); err != nil {
		return "", err
	}
	_, rest, _ := strings.Cut(string(body), `"sid":"`)
	sid, _, _ := strings.Cut(rest, `"`)
	return pollingPath + "&sid=" + sid, nil
}

// polling enters the lobby and doesn't fetch what comes.
func (r *raider) polling(ctx context.Context) {
	v := r.fresh(ctx)
	for i := 0; v != nil && i < 20 && r.again(ctx); i++ {
		path, err := v.poll(ctx)
		if err == nil {
			err = v.do(ctx, "POST", path, "text/plain", strings.NewReader("40/room,"), nil)
		}
		r.note(ctx, err)
	}
}

// deafSockets ask for history and never read it.
func (r *raider) deafSockets(ctx context.Context) {
	v := r.fresh(ctx)
	if v == nil {
		return
	}
	s, err := v.enter(ctx, "/chat")
	r.note(ctx, err)
	if err != nil {
		return
	}
	defer s.close()
	ask := `42/chat,1["history",{"room":"` + r.Talk + `","limit":100}]`
	for range 1000 {
		if !r.again(ctx) || s.write(ctx, ask) != nil {
			return
		}
	}
}

// odd are packets that no client of ours sends.
var odd = []string{
	`42/chat,1["nonsense",{}]`,
	`42/chat,["` + strings.Repeat("n", 300) + `"]`,
	`42/chat,2["history",` + strings.Repeat("[", 510) + strings.Repeat("]", 510) + `]`,
	`42/chat,3["chat",{"room":"` + strings.Repeat("r", 60_000) + `"}]`,
	`42/chat,4["chat",17,null,[],{"room":{"$ne":1},"chat":"\u0000"}]`,
	`4510-/chat,5["chat"` + strings.Repeat(`,{"_placeholder":true,"num":0}`, 10) + `]`,
	`451-/chat,["chat",{"_placeholder":true,"num":7}]`,
	`42/chat,["join"`,
	`49/chat,what`,
	`40/elsewhere,`,
	strings.Repeat("x", 100_000),
}

// oddPackets are sent until the connection ends.
func (r *raider) oddPackets(ctx context.Context) {
	v := r.fresh(ctx)
	if v == nil {
		return
	}
	s, err := v.enter(ctx, "/chat")
	if err != nil {
		r.note(ctx, err)
		return
	}
	defer s.close()
	s.listen(nil)
	for i := 0; r.again(ctx); i++ {
		err := s.write(ctx, odd[i/50%len(odd)]) // enough of each to meet its limit
		if err == nil && i%10 == 0 {
			err = s.conn.Write(ctx, websocket.MessageBinary, make([]byte, 1000))
		}
		if err != nil {
			r.note(ctx, err)
			return
		}
		r.note(ctx, nil)
	}
}
