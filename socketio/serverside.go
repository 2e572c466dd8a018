package socketio

import (
	"context"
	"fmt"
)

// OnServerEvent handles ServerSideEmit and ServerSideAsk of other servers.
func (r *Registrar) OnServerEvent(name string, fn func(ctx context.Context, a Args) (any, error)) {
	require("OnServerEvent", fn != nil)
	if !isName(name) {
		panic(fmt.Sprintf("socketio: %q can't be the name of a server event: it is empty or no UTF-8", name))
	}
	r.change(func(t *table) {
		if t.server[name] != nil {
			panic(fmt.Sprintf("socketio: two handlers for the server event %q", name))
		}
		t.server = withKey(t.server, name, fn)
	})
}

// ServerSideEmit sends an event to OnServerEvent of all other servers.
func (n *Namespace) ServerSideEmit(name string, args ...any) error {
	a, err := serverEvent(name, args)
	if err != nil {
		return err
	}
	return n.publish(Target{ns: n}, &BusMessage{Kind: BusServerEmit, Event: name, Args: a})
}

func serverEvent(name string, args []any) (a Args, err error) {
	if err = ErrEventName; isName(name) {
		a, err = ArgsOf(args...)
	}
	if err != nil {
		return Args{}, fmt.Errorf("socketio: server event %q: %w", name, err)
	}
	return a, nil
}

// ServerSideAsk is ServerSideEmit with answers; it waits as FetchSockets does.
func (n *Namespace) ServerSideAsk(ctx context.Context, name string, args ...any) ([]Args, error) {
	a, err := serverEvent(name, args)
	if err != nil {
		return nil, err
	}
	ctx, cancel := n.server.answerTime(ctx)
	defer cancel()
	replies, err := Target{ns: n}.askServers(ctx, BusMessage{Kind: BusServerEmit, Event: name, Args: a}, BusServerAnswer)
	var answers []Args
	for _, m := range replies {
		answers = append(answers, m.Args)
	}
	return answers, err
}

// answerServer runs the handler of a server event.
func (n *Namespace) answerServer(m *BusMessage) {
	ctx, cancel := n.server.patience(m)
	defer cancel()
	// This is the answer when the handler ends its goroutine.
	answer := &BusMessage{Kind: BusServerAnswer, Failure: internalMessage}
	defer func() {
		if m.Request != "" {
			n.answered(n.reply(m, answer))
		}
	}()
	reply, err := n.handleServer(ctx, m)
	var a Args
	if err == nil && m.Request != "" {
		a, err = ArgsOf(reply)
	}
	if err != nil && !is(err, ErrNoHandler) && hidden(err) {
		n.server.failed(ctx, "server event failed", err, "namespace", n.name, "event", m.Event)
	}
	answer.Args, answer.Failure = a, ""
	switch {
	case is(err, ErrNoHandler):
		answer.Failure = ErrNoHandler.Error()
	case err != nil:
		answer.Failure = public(err).Message
	}
}

func (n *Namespace) handleServer(ctx context.Context, m *BusMessage) (reply any, err error) {
	ch := n.chain()
	for _, t := range []*table{ch.own, ch.parent} {
		if fn := t.server[m.Event]; fn != nil {
			err = protect(func() (err error) { reply, err = fn(ctx, m.Args); return err })
			return reply, err
		}
	}
	return nil, ErrNoHandler
}
