package raid

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
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
		room := r.locked[rand.IntN(len(r.locked))]
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
		_, err := v.upload(ctx, r.square, picture)
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
	r.burst(ctx, s, "chat", map[string]any{"room": r.square, "chat": text})
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
	r.burst(ctx, s, "history", map[string]any{"room": r.talk, "limit": 100})
}

// burst sends ten events at a time and notes their answers, until the connection ends.
func (r *raider) burst(ctx context.Context, s *socket, event string, payload any) {
	for r.again(ctx) {
		const many = 10
		answers := make(chan error, many)
		for range many {
			go func() {
				_, err := s.ask(ctx, "/chat", event, payload)
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
		r.note(ctx, v.get(ctx, "/room/"+r.talk+"/messages?limit=100", &page))
	}
}

// joins are seats that are taken and left at once, by an identity of its own each.
func (r *raider) joins(ctx context.Context) {
	v := r.fresh(ctx)
	if v == nil {
		return
	}
	s, err := v.sit(ctx, r.square, nil)
	if err == nil {
		defer s.close()
		_, err = s.ask(ctx, "/chat", "leave", map[string]any{"room": r.square})
	}
	r.note(ctx, err)
}
