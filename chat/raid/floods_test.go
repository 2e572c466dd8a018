package raid

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
)

const (
	// guess and text are what must not be read in the log.
	guess = "not-the-passw0rd"
	text  = "what was said in private"
	// key opens the locked rooms.
	key = "the-right-passw0rd"
)

// rooms are made by an identity until it may make no more, one in three with a password.
func (r *raider) rooms(ctx context.Context) {
	v := r.fresh(ctx)
	for i := 0; v != nil && i < 6 && r.again(ctx); i++ {
		password := ""
		if i%3 == 0 {
			password = guess
		}
		_, err := v.open(ctx, fmt.Sprintf("raid %d", rand.Int()), password, 10)
		r.note(ctx, err)
	}
}

// identities are asked for and thrown away.
func (r *raider) identities(ctx context.Context) {
	r.note(ctx, r.stranger().get(ctx, "/", nil))
}

// passwords are tried, by an identity for each room and two.
func (r *raider) passwords(ctx context.Context) {
	v := r.fresh(ctx)
	for i := 0; v != nil && i < 20 && r.again(ctx); i++ {
		room := r.Locked[rand.IntN(len(r.Locked))]
		if i%4 == 0 {
			r.note(ctx, v.get(ctx, "/room/"+room+"?password="+guess, nil))
			continue
		}
		r.note(ctx, v.post(ctx, "/room/"+room+"/enter", `{"password":"`+guess+`"}`, nil))
	}
}

// uploads are pictures of nearly 5 MB.
func (r *raider) uploads(ctx context.Context) {
	v, s := r.seated(ctx)
	if v == nil {
		return
	}
	defer s.close()
	for i := 0; i < 20 && r.again(ctx); i++ {
		picture := noise()
		if i%4 == 3 {
			picture = animation()
		}
		_, err := v.upload(ctx, r.Square, picture)
		r.note(ctx, err)
	}
}

// messages are sent without waiting for the answers.
func (r *raider) messages(ctx context.Context) {
	_, s := r.seated(ctx)
	if s == nil {
		return
	}
	defer s.close()
	r.burst(ctx, s, "/chat", "chat", map[string]any{"room": r.Square, "chat": text})
}

// historyBySocket asks for the largest page of the people's room, which is open.
func (r *raider) historyBySocket(ctx context.Context) {
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
	r.burst(ctx, s, "/chat", "history", map[string]any{"room": r.Talk, "limit": 100})
}

// burst sends ten events at a time and notes their answers, until the connection ends.
func (r *raider) burst(ctx context.Context, s *socket, namespace, event string, payload any) {
	for r.again(ctx) {
		const many = 10
		answers := make(chan error, many)
		for range many {
			go func() {
				_, err := s.ask(ctx, namespace, event, payload)
				answers <- err
			}()
		}
		ended := false
		for range many {
			err := <-answers
			r.note(ctx, err)
			ended = ended || outcome(err) == "cut"
		}
		if ended {
			return
		}
	}
}

func (r *raider) historyByHTTP(ctx context.Context) {
	v := r.fresh(ctx)
	for i := 0; v != nil && i < 50 && r.again(ctx); i++ {
		var page json.RawMessage
		r.note(ctx, v.get(ctx, "/room/"+r.Talk+"/messages?limit=100", &page))
	}
}

// lists are asked of the lobby.
func (r *raider) lists(ctx context.Context) {
	v := r.fresh(ctx)
	if v == nil {
		return
	}
	s, err := v.enter(ctx, "/room")
	if err != nil {
		r.note(ctx, err)
		return
	}
	defer s.close()
	s.listen(nil)
	r.burst(ctx, s, "/room", "list", map[string]any{})
}

// pages are what anybody may ask for: what they cost is theirs to ask.
func (r *raider) pages(ctx context.Context) {
	v := r.fresh(ctx)
	for i := 0; v != nil && i < 50 && r.again(ctx); i++ {
		for _, path := range []string{"/", "/room/" + r.Talk, "/readyz", "/socket.io/socket.io.js", "/gif/" + strings.Repeat("0", 32) + ".png"} {
			r.note(ctx, v.do(ctx, "GET", path, "", nil, new(rawText)))
		}
	}
}

// largeRequests have as many cookies as a header may, or come a hundred at once.
func (r *raider) largeRequests(ctx context.Context) {
	v := r.fresh(ctx)
	if v == nil {
		return
	}
	cookies := "Cookie: " + strings.Repeat("sid=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA; ", 1200)
	for _, request := range []string{
		v.head("GET", "/", cookies, "Connection: close") + "\r\n",
		strings.Repeat(v.head("GET", "/room/"+r.Talk+"/messages?limit=100")+"\r\n", 100),
	} {
		if r.again(ctx) {
			r.by(ctx, request, wait)
		}
	}
}

// joins are seats that are taken and left at once, by an identity of its own each.
func (r *raider) joins(ctx context.Context) {
	v := r.fresh(ctx)
	if v == nil {
		return
	}
	s, err := v.sit(ctx, r.Square, nil)
	if err == nil {
		defer s.close()
		_, err = s.ask(ctx, "/chat", "leave", map[string]any{"room": r.Square})
	}
	r.note(ctx, err)
}
