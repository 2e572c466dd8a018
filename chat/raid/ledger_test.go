package raid

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// ledger is what one owner was promised in a room: what was acknowledged, what was refused, and
// what came over its socket.
type ledger struct {
	t     *testing.T
	owner *visitor
	room  string
	sock  *socket

	mu       sync.Mutex
	kept     map[string]int64 // guarded by mu; text → seq
	refused  map[string]bool  // guarded by mu; text, which is its cid too
	pictures map[string]bool  // guarded by mu; acknowledged
	codes    map[string]int   // guarded by mu; of refusals
	heard    map[int64]int    // guarded by mu; rev → how often
	epoch    string           // guarded by mu
	n        int              // guarded by mu
}

func newLedger(t *testing.T, ctx context.Context, server string) *ledger {
	t.Helper()
	l := &ledger{t: t, owner: newVisitor(server, people+"1"), kept: map[string]int64{}, refused: map[string]bool{},
		pictures: map[string]bool{}, codes: map[string]int{}, heard: map[int64]int{}}
	t.Cleanup(l.owner.leave)
	if err := l.owner.arrive(ctx); err != nil {
		t.Fatal(err)
	}
	var err error
	if l.room, err = l.owner.open(ctx, "ledger", "", 100); err != nil {
		t.Fatal(err)
	}
	l.sit(ctx, server)
	return l
}

// line is a message, in an answer or an event.
type line struct {
	ID   string `json:"_id"`
	Chat string
	GIF  string
	Seq  int64
	Rev  int64
}

// sit joins, or comes back with what was heard so far.
func (l *ledger) sit(ctx context.Context, server string) {
	l.t.Helper()
	l.owner.leave()
	l.owner.server = server
	var err error
	if l.sock, err = l.owner.enter(ctx, "/chat"); err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(l.sock.close)
	l.sock.listen(func(_ string, payload json.RawMessage) {
		var m line
		if json.Unmarshal(payload, &m) == nil && m.Rev > 0 {
			l.hear(m)
		}
	})
	join := map[string]any{"room": l.room}
	if rev := l.last(); rev > 0 {
		join["since"] = map[string]any{"epoch": l.epoch, "rev": rev}
	}
	reply, err := l.sock.ask(ctx, "/chat", "join", join)
	if err != nil {
		l.t.Fatalf("join: %v", err)
	}
	var j struct {
		Epoch    string
		Messages []line
		Reset    bool
	}
	if err := json.Unmarshal(reply, &j); err != nil || j.Reset {
		l.t.Fatalf("join: %v, reset %v", err, j.Reset)
	}
	l.mu.Lock()
	l.epoch = j.Epoch
	l.mu.Unlock()
	for _, m := range j.Messages {
		l.hear(m)
	}
}

func (l *ledger) hear(m line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heard[m.Rev]++
}

func (l *ledger) last() (rev int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for r := range l.heard {
		rev = max(rev, r)
	}
	return rev
}

// say sends a new text of so many syllables. The outcome is "ok", a code, or "cut", of which nobody
// can know what became of it.
func (l *ledger) say(ctx context.Context, size int) string {
	l.mu.Lock()
	l.n++
	said := fmt.Sprintf("t%d", l.n)
	l.mu.Unlock()
	return l.send(ctx, said, size)
}

// send sends a text under the cid of the same name, for the first time or again.
func (l *ledger) send(ctx context.Context, said string, size int) string {
	reply, err := l.sock.ask(ctx, "/chat", "chat", map[string]any{"room": l.room, "cid": said, "chat": said + " " + strings.Repeat("가", size)})
	var sent struct {
		line
		Dup bool
	}
	if err == nil {
		err = json.Unmarshal(reply, &sent)
	}
	what := outcome(err)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch what {
	case "ok":
		if sent.Dup {
			l.t.Errorf("%s was refused, and was there already", said)
		}
		l.kept[said] = sent.Seq
		delete(l.refused, said)
	case "cut":
	default:
		l.refused[said] = true
		l.codes[what]++
	}
	return what
}

// show sends a picture.
func (l *ledger) show(ctx context.Context, picture []byte) string {
	name, err := l.owner.upload(ctx, l.room, picture)
	what := outcome(err)
	l.mu.Lock()
	defer l.mu.Unlock()
	if what == "ok" {
		l.pictures[name] = true
	} else if what != "cut" {
		l.codes[what]++
	}
	return what
}

// check fails unless all that was acknowledged is there, nothing that was refused is, and the
// socket has heard every change once.
func (l *ledger) check(ctx context.Context) {
	l.t.Helper()
	there := map[string]int64{}
	shown := map[string]bool{}
	var before int64 // seq; 0 = the newest
	for more := true; more; {
		var page struct {
			Messages []line
			More     bool
		}
		if err := l.owner.get(ctx, fmt.Sprintf("/room/%s/messages?limit=100&before=%d", l.room, before), &page); err != nil {
			l.t.Fatalf("history before %d: %v", before, err)
		}
		for _, m := range slices.Backward(page.Messages) {
			if before != 0 && m.Seq != before-1 {
				l.t.Errorf("seq %d stands before %d", m.Seq, before)
			}
			before = m.Seq
			var said string
			if _, err := fmt.Sscan(m.Chat, &said); err == nil {
				there[said] = m.Seq
			}
			if m.GIF != "" {
				shown[m.GIF] = true
			}
		}
		more = page.More
	}
	if before != 1 {
		l.t.Errorf("the history begins with seq %d", before)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for said, seq := range l.kept {
		if there[said] != seq {
			l.t.Errorf("%s was acknowledged as %d and is %d", said, seq, there[said])
		}
	}
	for said := range l.refused {
		if seq := there[said]; seq != 0 {
			l.t.Errorf("%s was refused and is %d", said, seq)
		}
	}
	for name := range l.pictures {
		var bytes rawText
		if err := l.owner.get(ctx, "/gif/"+name, &bytes); err != nil || !shown[name] {
			l.t.Errorf("picture %s was acknowledged: in the history %v, %v", name, shown[name], err)
		}
	}
}

// checkHeard fails unless the socket has heard every change once.
func (l *ledger) checkHeard() {
	l.t.Helper()
	var last int64
	for _, seq := range l.kept {
		last = max(last, seq)
	}
	soon(func() bool { return l.last() >= last })
	most := l.last()
	l.mu.Lock()
	defer l.mu.Unlock()
	for rev := int64(1); rev <= most; rev++ {
		if l.heard[rev] != 1 {
			l.t.Errorf("change %d of %d was heard %d times", rev, most, l.heard[rev])
		}
	}
}
