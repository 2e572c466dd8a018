package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zishang520/socket.io/v3/pkg/types"
)

// checks are what a client must be able to do, with the names and in the order of the driver.
var checks = []check{
	{"connect", connect},
	{"transport", transport},
	{"auth", auth},
	{"event", func(h *hall) error { return echoes(h, all, nil) }},
	{"unicode", unicode},
	{"ack", func(h *hall) error { return answers(h, all, nil) }},
	{"question", func(h *hall) error { return questions(h, all, nil) }},
	{"binary", bytesOnly(func(h *hall) error { return echoes(h, binary) })},
	{"binary ack", bytesOnly(func(h *hall) error { return answers(h, binary) })},
	{"binary question", bytesOnly(func(h *hall) error { return questions(h, binary) })},
	{"empty binary", bytesOnly(func(h *hall) error { return echoes(h, []any{data(0), map[string]any{"a": []any{data(0)}}}) })},
	{"large text", func(h *hall) error { return echoes(h, []any{strings.Repeat("x", 100_000)}) }},
	{"large binary", bytesOnly(func(h *hall) error { return echoes(h, []any{data(100_000)}) })},
	{"namespace", namespace},
	{"room", room},
	{"refused", refused},
	{"leave", leave},
	{"kick", kick},
	{"stay away", stayAway},
	{"kick whole", kickWhole},
	{"restart", restart},
	{"idle", idle},
}

var (
	all = []any{"text", "", 0, -1, 1.5, true, false, nil, []any{}, map[string]any{},
		map[string]any{"a": []any{map[string]any{"b": nil}, []any{[]any{"c"}}}, "d": 2}}
	letters = []any{"안녕하세요 마당", "👋 é ß Ã© \u2028", map[string]any{"이름": []any{"철수", "\u0080\u00ff\u0800\uffff", "👨‍👩‍👧"}}}
	binary  = []any{map[string]any{"deep": []any{map[string]any{"er": data(300)}}, "text": "x"},
		[]any{data(1), []any{data(4)}, data(2)}, data(5), "end"}
)

func data(length int) []byte {
	b := make([]byte, length)
	for i := range b {
		b[i] = byte(i * 31)
	}
	return b
}

func connect(h *hall) error {
	p, err := h.connect()
	if err != nil {
		return err
	}
	me, err := p.whoami("/")
	if err != nil {
		return err
	}
	return same([]any{me["nsp"], me["id"]}, []any{"/", p.socket("/").Id()})
}

func transport(h *hall) error {
	p, err := h.connect()
	if err != nil {
		return err
	}
	want := "websocket"
	if h.transport == "polling" {
		want = "polling"
	}
	for range 100 {
		me, err := p.whoami("/")
		if err != nil || me["transport"] == want {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
	return errors.New("it stays on the other transport")
}

func auth(h *hall) error {
	auth := map[string]any{"user": "철수", "list": []any{1}}
	p, err := h.peer(auth).connect()
	if err != nil {
		return err
	}
	me, err := p.whoami("/")
	if err != nil {
		return err
	}
	return same([]any{me["auth"]}, []any{auth})
}

func unicode(h *hall) error {
	if err := echoes(h, letters); err != nil {
		return err
	}
	return answers(h, letters)
}

// bytesOnly is a check that needs bytes.
func bytesOnly(run func(*hall) error) func(*hall) error {
	return func(h *hall) error {
		if h.transport == "polling" {
			return missing("over polling it sends nothing that holds bytes")
		}
		return run(h)
	}
}

// echoes sends lists of arguments, which come back.
func echoes(h *hall, lists ...[]any) error {
	p, err := h.connect()
	if err != nil {
		return err
	}
	for _, args := range lists {
		if err := p.echo(args...); err != nil {
			return err
		}
	}
	return nil
}

func (p *peer) echo(args ...any) error {
	box := p.inbox("/", "echo")
	if err := p.emit("echo", args...); err != nil {
		return err
	}
	return box.want(args...)
}

// answers lets the server answer with what it is asked.
func answers(h *hall, lists ...[]any) error {
	p, err := h.connect()
	if err != nil {
		return err
	}
	for _, args := range lists {
		if err := p.wantAnswer(args, "ack", args...); err != nil {
			return err
		}
	}
	return nil
}

// questions lets the server ask with the arguments that it was told, get them back and tell them.
func questions(h *hall, lists ...[]any) error {
	p, err := h.connect()
	if err != nil {
		return err
	}
	answer := p.inbox("/", "answer")
	_ = p.socket("/").On(types.EventName("question"), func(args ...any) {
		last := len(args) - 1
		args[last].(func([]any, error))(args[:last], nil)
	})
	for _, args := range lists {
		if err := p.emit("ask", args...); err != nil {
			return err
		}
		if err := answer.want(args...); err != nil {
			return err
		}
	}
	return nil
}

func namespace(h *hall) error {
	p, err := h.connect("/chat")
	if err != nil {
		return err
	}
	stray, chat := p.inbox("/", "echo"), p.inbox("/chat", "echo")
	me, err := p.whoami("/chat")
	if err != nil {
		return err
	}
	if err := errors.Join(same([]any{me["nsp"]}, []any{"/chat"}), p.socket("/chat").Emit("echo", "chat", data(3))); err != nil {
		return err
	}
	if err := errors.Join(chat.want("chat", data(3)), p.wantAnswer(nil, "ack")); err != nil {
		return err
	}
	if len(stray) > 0 {
		return errors.New("an event of /chat came to /")
	}
	return p.echo("main")
}

func room(h *hall) error {
	var peers [3]*peer
	var said [3]inbox
	for i := range peers {
		p, err := h.connect()
		if err != nil {
			return err
		}
		peers[i], said[i] = p, p.inbox("/", "said")
	}
	a, b, c := peers[0], peers[1], peers[2]
	args := binary
	if h.transport == "polling" {
		args = all
	}
	for _, step := range []func() error{
		func() error { return a.wantAnswer([]any{true}, "join", "방") },
		func() error { return b.wantAnswer([]any{true}, "join", "방") },
		func() error { return a.emit("say", slices.Concat([]any{"방"}, args)...) },
		func() error { return said[1].want(args...) },
		func() error { return c.emit("shout", "방", "all") },
		func() error { return said[0].want("all") },
		func() error { return said[1].want("all") },
		func() error { return b.wantAnswer([]any{true}, "leave", "방") },
		func() error { return a.emit("shout", "방", "after") },
		func() error { return said[0].want("after") },
		// What was sent before an answer has arrived before it.
		func() error { return b.wantAnswer(nil, "ack") },
		func() error { return c.wantAnswer(nil, "ack") },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	if n := len(said[0]) + len(said[1]) + len(said[2]); n > 0 {
		return fmt.Errorf("somebody heard %d too many", n)
	}
	return nil
}
