package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"
)

// deaf is why nothing is asked of a namespace after another one of its connection has ended: the
// library takes away listeners of the wrong one.
const deaf = partly("other namespaces of the connection may be deaf afterwards")

func refused(h *hall) error {
	p, err := h.connect()
	if err != nil {
		return err
	}
	box := p.inbox("/deny", "connect_error")
	p.socket("/deny").Connect()
	args, err := box.next()
	if err != nil {
		return err
	}
	// The library's error is a struct with the fields Message and Data.
	text, err := json.Marshal(args[0])
	if err != nil {
		return err
	}
	var got struct {
		Message string
		Data    map[string]int
	}
	if err := json.Unmarshal(text, &got); err != nil {
		return fmt.Errorf("%s: %w", text, err)
	}
	if got.Message != "not allowed" || !reflect.DeepEqual(got.Data, map[string]int{"code": 403}) {
		return fmt.Errorf("got %T %s %v", args[0], text, args[0])
	}
	return deaf
}

func leave(h *hall) error {
	observer, err := h.connect()
	if err != nil {
		return err
	}
	p, err := h.connect()
	if err != nil {
		return err
	}
	id := p.socket("/").Id()
	p.socket("/").Disconnect()
	if err := p.gone("/", "io client disconnect"); err != nil {
		return err
	}
	for range 200 {
		why, err := observer.ask("reasonOf", id)
		if err != nil {
			return err
		}
		if why[0] == "transport close" && h.transport != "polling" {
			return partly("over WebSocket it may end the connection before its packet is sent")
		}
		if why[0] != nil {
			return same(why, []any{"client namespace disconnect"})
		}
		time.Sleep(50 * time.Millisecond)
	}
	return errors.New("the server did not notice")
}

// gone waits for the end of a socket.
func (p *peer) gone(namespace, reason string) error {
	args, err := p.inbox(namespace, "disconnect").next()
	if err != nil {
		return fmt.Errorf("disconnect: %w", err)
	}
	return same(args[:1], []any{reason})
}

func kick(h *hall) error {
	p, err := h.connect("/chat")
	if err != nil {
		return err
	}
	if err := p.socket("/chat").Emit("kick", false); err != nil {
		return err
	}
	if err := p.gone("/chat", "io server disconnect"); err != nil {
		return err
	}
	return deaf
}

func stayAway(h *hall) error {
	p, err := h.connect()
	if err != nil {
		return err
	}
	if err := p.emit("kick", false); err != nil {
		return err
	}
	if err := p.gone("/", "io server disconnect"); err != nil {
		return err
	}
	time.Sleep(1500 * time.Millisecond)
	if len(p.inbox("/", "welcome")) > 0 {
		return errors.New("it came back")
	}
	return nil
}

func kickWhole(h *hall) error {
	p, err := h.connect("/chat")
	if err != nil {
		return err
	}
	if err := p.socket("/chat").Emit("kick", true); err != nil {
		return err
	}
	for _, name := range []string{"/", "/chat"} {
		args, err := p.inbox(name, "disconnect").next()
		if err != nil {
			return fmt.Errorf("disconnect: %w", err)
		}
		if args[0] == "transport close" {
			return partly("it may see the end of the connection first, and come back")
		}
		if err := same(args[:1], []any{"io server disconnect"}); err != nil {
			return err
		}
	}
	return nil
}

func restart(h *hall) error {
	p, err := h.connect("/chat")
	if err != nil {
		return err
	}
	before := p.socket("/").Id()
	fmt.Println("kill")
	for _, name := range []string{"/", "/chat"} {
		if _, err := p.inbox(name, "disconnect").next(); err != nil {
			return fmt.Errorf("disconnect: %w", err)
		}
	}
	for _, name := range []string{"/", "/chat"} {
		if err := p.inbox(name, "welcome").want(name); err != nil {
			return fmt.Errorf("it didn't come back: %w", err)
		}
	}
	if p.socket("/").Id() == before {
		return errors.New("the same id after a restart")
	}
	if err := p.echo("again"); err != nil {
		return err
	}
	if h.transport != "polling" {
		return partly("it comes back only when its first try finds the server")
	}
	return nil
}

func idle(h *hall) error {
	p, err := h.connect()
	if err != nil {
		return err
	}
	id := p.socket("/").Id()
	time.Sleep(3 * time.Second) // longer than the server waits for a heartbeat
	if len(p.inbox("/", "disconnect")) > 0 {
		return errors.New("disconnected")
	}
	me, err := p.whoami("/")
	if err != nil {
		return err
	}
	return same([]any{me["id"]}, []any{id})
}
