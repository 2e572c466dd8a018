package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// A scripted bus has no other servers. A test says who is asked, and what they say.
type scripted struct {
	socketio.BusServer
	asked     []string
	err       error
	questions chan *socketio.BusMessage
	published chan *socketio.BusMessage
}

func script(asked ...string) *scripted {
	return &scripted{asked: asked, questions: make(chan *socketio.BusMessage, 100), published: make(chan *socketio.BusMessage, 100)}
}

func (b *scripted) Start(s socketio.BusServer) (stop func()) {
	b.BusServer = s
	return func() {}
}

func (b *scripted) Publish(m *socketio.BusMessage) error {
	b.published <- m
	return nil
}

func (b *scripted) Ask(_ context.Context, m *socketio.BusMessage) ([]string, error) {
	b.questions <- m
	return b.asked, b.err
}

func (b *scripted) Peers(context.Context) ([]string, error) { return b.asked, b.err }

type message = socketio.BusMessage

// says delivers answers to a question.
func (b *scripted) says(question *message, answers ...message) {
	for _, m := range answers {
		if m.Kind != socketio.BusLeft {
			m.Request = question.Request
		}
		b.Receive(&m)
	}
}

func counts(from string, n int) message {
	return message{Kind: socketio.BusCount, From: from, Count: n}
}
func left(name string) message { return message{Kind: socketio.BusLeft, From: name} }

func ack(from string) message {
	a, _ := socketio.ArgsOf(from)
	return message{Kind: socketio.BusAck, From: from, Args: a}
}

// Whose answer counts, and what is said of the others.
func TestAnswersOfServers(t *testing.T) {
	for name, c := range map[string]struct {
		asked   []string
		answers []message
		count   int
		missing []string // nil: nobody
		late    bool     // the time has to pass
		err     string
	}{
		"all answer":            {asked: []string{"a", "b"}, answers: []message{counts("a", 1), counts("b", 2)}, count: 3},
		"nobody is there":       {},
		"one twice":             {asked: []string{"a", "b"}, answers: []message{counts("a", 1), counts("a", 1), counts("b", 2)}, count: 3},
		"one that wasn't asked": {asked: []string{"a"}, answers: []message{counts("c", 7), counts("", 7), counts("a", 1)}, count: 1},
		"another kind":          {asked: []string{"a"}, answers: []message{ack("a"), {Kind: socketio.BusSockets, From: "a"}, counts("a", 1)}, count: 1},
		"for another server":    {asked: []string{"a"}, answers: []message{{Kind: socketio.BusCount, From: "a", To: "c", Count: 7}, counts("a", 1)}, count: 1},
		"a negative count":      {asked: []string{"a"}, answers: []message{counts("a", -7)}},
		"asked twice":           {asked: []string{"a", "a", "me"}, answers: []message{counts("a", 1)}, count: 1},
		"one left":              {asked: []string{"a", "b"}, answers: []message{left("a"), counts("a", 1), counts("b", 2)}, count: 2, missing: []string{"a"}, err: "1 of 2 servers didn't answer (a): they have left"},
		"one left later":        {asked: []string{"a", "b"}, answers: []message{counts("a", 1), left("a"), left("c"), left(""), counts("b", 2)}, count: 3},
		"one is silent":         {asked: []string{"b", "a", "c"}, answers: []message{counts("a", 1), left("c")}, count: 1, late: true, missing: []string{"b", "c"}, err: "2 of 3 servers didn't answer (b, c): context deadline exceeded"},
		"without names":         {asked: []string{"", "", "a"}, answers: []message{counts("", 1), counts("", 2), counts("", 7), counts("a", 4)}, count: 7},
		"silent without a name": {asked: []string{"", "", "a"}, answers: []message{counts("", 1), counts("a", 4), left("")}, count: 5, late: true, missing: []string{""}, err: "1 of 3 servers didn't answer (unnamed)"},
		"one fails":             {asked: []string{"a", "b"}, answers: []message{{Kind: socketio.BusCount, From: "a", Failure: "full"}, counts("b", 2)}, count: 2, err: "server a: internal: full"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := script(c.asked...)
				s := socketio.New(socketio.Options{Bus: b, ServerName: "me"})
				defer s.Close()
				type result struct {
					n   int
					err error
				}
				done := make(chan result, 1)
				began := time.Now()
				go func() { n, err := s.Of("/").CountSockets(t.Context()); done <- result{n, err} }()
				question := <-b.questions
				if question.From != "me" || len(question.Request) != 16 || question.Timeout != socketio.DefaultAnswerTimeout {
					t.Errorf("%+v", question)
				}
				b.says(question, c.answers...)
				got := <-done
				if took := time.Since(began); got.n != c.count || c.late != (took == socketio.DefaultAnswerTimeout) {
					t.Error(got.n, took)
				}
				b.says(question, c.answers...) // too late, without harm
				missing, _ := errors.AsType[*socketio.MissingServersError](got.err)
				switch {
				case c.missing == nil && missing != nil, c.missing != nil && (missing == nil || !slices.Equal(missing.Servers, c.missing)):
					t.Error(got.err)
				case (got.err == nil) != (c.err == ""), got.err != nil && !strings.Contains(got.err.Error(), c.err):
					t.Error(got.err)
				case missing != nil && missing.Asked != len(c.asked), missing != nil && errors.Is(missing, context.DeadlineExceeded) != c.late:
					t.Error(missing.Asked, missing)
				}
				if n := socketio.Requests(s); n != 0 {
					t.Error(n, "requests wait")
				}
			})
		})
	}
}

// The last reply of AskAll says whose part is missing.
func TestAskAllNamesMissingServers(t *testing.T) {
	for name, c := range map[string]struct {
		answers []message
		want    []string
		took    time.Duration
	}{
		"all":           {[]message{counts("a", 1), ack("a"), counts("b", 0)}, []string{"a"}, 0},
		"acks beyond":   {[]message{counts("a", 1), ack("a"), ack("a"), ack("c"), counts("b", 0)}, []string{"a"}, 0},
		"left before":   {[]message{left("a"), counts("a", 1), ack("a"), counts("b", 0)}, []string{"1 of 2 servers didn't answer (a): they have left"}, 0},
		"left behind":   {[]message{counts("a", 2), ack("a"), left("a"), ack("a"), counts("b", 0)}, []string{"a", "disconnected", "1 of 2 servers didn't answer (a): they have left"}, 0},
		"no count":      {[]message{counts("a", 1), ack("a")}, []string{"a", "1 of 2 servers didn't answer (b): context deadline exceeded"}, socketio.DefaultAnswerTimeout},
		"refused":       {[]message{{Kind: socketio.BusCount, From: "b", Failure: "full"}, counts("a", 1), ack("a")}, []string{"a", "server b: internal: full"}, 0},
		"silent socket": {[]message{counts("a", 1), counts("b", 0)}, []string{"deadline"}, time.Minute + socketio.DefaultAnswerTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := script("a", "b")
				s := socketio.New(socketio.Options{Bus: b})
				defer s.Close()
				done := make(chan []string, 1)
				began := time.Now()
				go func() {
					var got []string
					for id, r := range s.Of("/").Ask(t.Context(), "q") {
						v, _ := r.Value.Values()
						got = append(got, fmt.Sprint(id, v, r.Err))
					}
					done <- got
				}()
				question := <-b.questions
				if question.Timeout != 0 { // the others wait as long as they want
					t.Error(question.Timeout)
				}
				b.says(question, c.answers...)
				got := <-done
				if took := time.Since(began); took != c.took {
					t.Error(took)
				}
				for i, want := range c.want {
					if i >= len(got) || !strings.Contains(got[i], want) {
						t.Errorf("%q, want %q", got, c.want)
						break
					}
				}
				if len(got) != len(c.want) || socketio.Requests(s) != 0 {
					t.Error(got, socketio.Requests(s))
				}
			})
		})
	}
}

// The others wait for their clients as long as the asker does, not as long as it waits for servers.
func TestAskAllTellsItsPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := script("a")
		s := socketio.New(socketio.Options{Bus: b})
		defer s.Close()
		c, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		go func() {
			question := <-b.questions
			if question.Timeout != time.Hour {
				t.Error(question.Timeout)
			}
			b.says(question, counts("a", 0))
		}()
		for _, r := range s.Of("/").Ask(c, "q") {
			t.Error(r)
		}
	})
}

// The namespaces of a Parent are asked at once: a silent server costs one wait, and is named once.
func TestParentWaitsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := script("a", "b")
		s := socketio.New(socketio.Options{Bus: b})
		defer s.Close()
		p := s.OfRegexp(regexp.MustCompile(`^/\d$`))
		for _, name := range []string{"/1", "/2", "/3"} {
			s.Of(name)
		}
		go func() {
			for range 3 {
				b.says(<-b.questions, counts("a", 1))
			}
		}()
		began := time.Now()
		n, err := p.All().CountSockets(t.Context())
		missing, ok := errors.AsType[*socketio.MissingServersError](err)
		if n != 3 || !ok || !slices.Equal(missing.Servers, []string{"b"}) || missing.Asked != 2 || time.Since(began) != socketio.DefaultAnswerTimeout {
			t.Error(n, err, time.Since(began))
		}
	})
}

// Whoever waits on a server that is closed is told at once.
func TestCloseEndsQuestions(t *testing.T) {
	b := script("a", "b")
	s := start(t, socketio.Options{Bus: b})
	done := make(chan error, 2)
	go func() { _, err := s.Of("/").CountSockets(t.Context()); done <- err }()
	b.says(receive(t, b.questions), counts("a", 1))
	go func() {
		var all error
		for _, r := range s.Of("/").Ask(t.Context(), "q") {
			all = errors.Join(all, r.Err)
		}
		done <- all
	}()
	b.says(receive(t, b.questions), counts("a", 1))
	eventually(t, "both wait", func() bool { return socketio.Requests(s.Server) == 2 })
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for range 2 {
		err := receive(t, done)
		missing, ok := errors.AsType[*socketio.MissingServersError](err)
		if !ok || !slices.Equal(missing.Servers, []string{"b"}) || !errors.Is(missing, socketio.ErrClosed) {
			t.Error(err)
		}
	}
}

// A closed server has left, whatever its bus still delivers and takes.
func TestClosedServerIsOffTheBus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := script("a")
		s := socketio.New(socketio.Options{Bus: b})
		s.Of("/").OnServerEvent("x", func(context.Context, socketio.Args) (any, error) {
			t.Error("a closed server handles an event of another one")
			return nil, nil
		})
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		b.Receive(&message{Kind: socketio.BusServerEmit, From: "a", Namespace: "/", Event: "x", Request: "1"})
		synctest.Wait()
		began := time.Now()
		_, counted := s.Of("/").CountSockets(t.Context())
		_, asked := s.Of("/").ServerSideAsk(t.Context(), "x")
		var surveyed error
		for _, r := range s.Of("/").Ask(t.Context(), "x") {
			surveyed = errors.Join(surveyed, r.Err)
		}
		_, listed := s.Peers(t.Context())
		for what, err := range map[string]error{
			"CountSockets": counted, "ServerSideAsk": asked, "Ask": surveyed, "Peers": listed,
			"Emit": s.Of("/").Emit("x"), "SocketsJoin": s.Of("/").SocketsJoin("r"),
		} {
			if !errors.Is(err, socketio.ErrClosed) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if took := time.Since(began); took > 0 {
			t.Error("questions of a closed server took", took)
		}
	})
}

// A bus may encode a message later: the caller's slices are his again.
func TestMessagesKeepTheirRooms(t *testing.T) {
	b := script()
	s := start(t, socketio.Options{Bus: b})
	rooms := []string{"r"}
	to := s.Of("/").To(rooms...).Except(rooms...)
	for what, do := range map[string]func() error{
		"SocketsJoin":  func() error { return to.SocketsJoin(rooms...) },
		"SocketsLeave": func() error { return to.SocketsLeave(rooms...) },
		"Emit":         func() error { return to.Emit("x") },
	} {
		if err := do(); err != nil {
			t.Error(what, err)
		}
		rooms[0] = "changed"
		m := receive(t, b.published)
		for _, list := range [][]string{m.Rooms, m.Except, m.Change} {
			if len(list) > 0 && list[0] != "r" {
				t.Errorf("%s: %q", what, list)
			}
		}
		rooms[0] = "r"
	}
}

// A bus that couldn't ask all says so; the answers of the others count.
func TestQuestionThatReachesSome(t *testing.T) {
	b := script("a")
	b.err = errors.New("one is full")
	s := start(t, socketio.Options{Bus: b})
	m := s.member(t)
	go func() { b.says(<-b.questions, counts("a", 2)) }()
	if n, err := s.Of("/").CountSockets(t.Context()); n != 3 || !errors.Is(err, b.err) {
		t.Error(n, err)
	}
	done := make(chan []string, 1)
	go func() {
		var got []string
		for _, r := range s.Of("/").Ask(t.Context(), "q") {
			got = append(got, fmt.Sprint(r.Err))
		}
		done <- got
	}()
	b.says(<-b.questions, counts("a", 0))
	m.expect("2…")
	m.send("30[]")
	if got := receive(t, done); len(got) != 2 || got[0] != "<nil>" || !strings.Contains(got[1], "one is full") {
		t.Error(got)
	}
}

// What a server hears that isn't for it, that is its own or that it doesn't know.
func TestMessagesThatAreSkipped(t *testing.T) {
	var log ledger
	b := script()
	s := start(t, socketio.Options{Bus: b, ServerName: "me", Logger: log.logger()})
	m := s.member(t)
	emit := message{Kind: socketio.BusEmit, Namespace: "/", Event: "x"}
	own, others, fine := emit, emit, emit
	own.From, others.To, fine.From, fine.To, fine.Event = "me", "else", "else", "me", "y"
	unknown := message{Kind: 99, From: "new", Namespace: "/"}
	for _, skipped := range []message{own, others, unknown, unknown, {}, fine} {
		b.Receive(&skipped)
	}
	m.expect(`2["y"]`)
	if lines := log.warnings(); len(lines) != 1 || !strings.Contains(lines[0], "of a kind that this one doesn't know") || !strings.Contains(lines[0], "server=new kind=99") {
		t.Error(lines)
	}
}

// Answers are for the asker alone.
// Nobody waits for their answers.
func TestQuestionsWithoutARequestAreSkipped(t *testing.T) {
	b := script()
	start(t, socketio.Options{Bus: b}).Of("/x")
	for _, space := range []string{"/x", "/none"} {
		for _, kind := range []socketio.BusKind{socketio.BusFetch, socketio.BusLen} {
			b.Receive(&message{Kind: kind, From: "a", Namespace: space})
			if len(b.published) > 0 {
				t.Errorf("kind %d in %s was answered with %+v", kind, space, <-b.published)
			}
		}
	}
}

func TestAnswersAreAddressed(t *testing.T) {
	b := script()
	s := start(t, socketio.Options{Bus: b, ServerName: "me"})
	s.Of("/").OnServerEvent("q", func(context.Context, socketio.Args) (any, error) { return 1, nil })
	s.Of("/").OnServerEvent("quit", func(context.Context, socketio.Args) (any, error) { runtime.Goexit(); return nil, nil })
	for _, c := range []struct {
		kind            socketio.BusKind
		namespace, name string
		want            socketio.BusKind
		failure         string
	}{
		{socketio.BusFetch, "/", "", socketio.BusSockets, ""},
		{socketio.BusLen, "/", "", socketio.BusCount, ""},
		{socketio.BusEmit, "/", "q", socketio.BusCount, ""},
		{socketio.BusServerEmit, "/", "q", socketio.BusServerAnswer, ""},
		{socketio.BusServerEmit, "/", "quit", socketio.BusServerAnswer, "internal error"},
		{socketio.BusServerEmit, "/none", "q", socketio.BusServerAnswer, socketio.ErrNoHandler.Error()},
		{socketio.BusEmit, "/", "connect", socketio.BusCount, "internal error"}, // can't be emitted
	} {
		b.Receive(&message{Kind: c.kind, From: "asker", Namespace: c.namespace, Event: c.name, Request: "r"})
		got := receive(t, b.published)
		if got.Kind != c.want || got.From != "me" || got.To != "asker" || got.Request != "r" || got.Failure != c.failure {
			t.Errorf("%v: %+v", c, got)
		}
	}
}

// What other servers want done is bounded, and one that is refused gets to know it.
// What a dead server asked is forgotten, however long it would have waited.
func TestSurveyEndsWithItsAsker(t *testing.T) {
	b := script()
	s := start(t, socketio.Options{Bus: b, MaxServerRequests: 1})
	m := s.member(t)
	question := message{Kind: socketio.BusEmit, From: "asker", Namespace: "/", Event: "q", Timeout: 1000 * time.Hour}
	for _, request := range []string{"first", "second"} {
		question.Request = request
		copied := question
		b.Receive(&copied)
		if got := receive(t, b.published); got.Kind != socketio.BusCount || got.Count != 1 || got.Failure != "" {
			t.Errorf("%+v", got)
		}
		other, itself := left("another"), left("asker")
		b.Receive(&other)
		if n := socketio.Waiting(m.so); n != 1 {
			t.Errorf("%d questions wait after another server has left", n)
		}
		b.Receive(&itself)
		eventually(t, "the end", func() bool {
			return socketio.Waiting(m.so) == 0 && socketio.AtWork(s.Server) == 0
		})
	}
	if len(b.published) > 0 {
		t.Errorf("a server that has left is answered: %+v", <-b.published)
	}
}

func TestMaxServerRequests(t *testing.T) {
	var log ledger
	b := script()
	s := start(t, socketio.Options{Bus: b, MaxServerRequests: 2, Logger: log.logger()})
	entered, release := make(chan bool, 10), make(chan struct{})
	early := make(chan error, 10)
	s.Of("/").OnServerEvent("wait", func(c context.Context, _ socketio.Args) (any, error) {
		entered <- true
		<-c.Done()
		early <- context.Cause(c)
		<-release
		return nil, nil
	})
	s.member(t)
	ask := func(kind socketio.BusKind, event string) *message {
		t.Helper()
		b.Receive(&message{Kind: kind, From: "asker", Namespace: "/", Event: event, Request: event})
		return receive(t, b.published)
	}
	for range 2 {
		b.Receive(&message{Kind: socketio.BusServerEmit, From: "asker", Namespace: "/", Event: "wait"})
		receive(t, entered)
	}
	if got := ask(socketio.BusServerEmit, "wait"); got.Kind != socketio.BusServerAnswer || !strings.Contains(got.Failure, "too many requests") {
		t.Errorf("%+v", got)
	}
	if got := ask(socketio.BusEmit, "q"); got.Kind != socketio.BusCount || !strings.Contains(got.Failure, "too many requests") {
		t.Errorf("%+v", got)
	}
	// This wants no answer.
	b.Receive(&message{Kind: socketio.BusServerEmit, From: "asker", Namespace: "/", Event: "wait"})
	if lines := log.warnings(); len(lines) != 1 || !strings.Contains(lines[0], "MaxServerRequests") {
		t.Error(lines)
	}
	// Shutdown waits for them.
	c, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	late, ok := errors.AsType[*socketio.ShutdownError](s.Shutdown(c))
	if !ok || late.Handlers != 2 {
		t.Error(late)
	}
	if err := receive(t, early); !errors.Is(err, socketio.ErrShutdown) {
		t.Error(err)
	}
	close(release)
}

func TestServerNames(t *testing.T) {
	bus := new(socketio.MemoryBus)
	alone := start(t, socketio.Options{})
	if names, err := alone.Peers(t.Context()); len(names) != 0 || err != nil || len(alone.Name()) != 16 {
		t.Error(names, err, alone.Name())
	}
	b, a := start(t, socketio.Options{Bus: bus.Node(), ServerName: "b"}), start(t, socketio.Options{Bus: bus.Node(), ServerName: "a"})
	c := start(t, socketio.Options{Bus: bus.Node()})
	if names, err := c.Peers(t.Context()); !slices.Equal(names, []string{"a", "b"}) || err != nil {
		t.Error(names, err)
	}
	if names, err := b.Peers(t.Context()); !slices.Contains(names, c.Name()) || len(names) != 2 || err != nil {
		t.Error(names, err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if names, err := a.Peers(t.Context()); err == nil {
		t.Error(names, "of a closed server")
	}
	if err := a.Of("/").Emit("x"); !errors.Is(err, socketio.ErrClosed) {
		t.Error(err)
	}
	used := bus.Node()
	start(t, socketio.Options{Bus: used})
	for what, o := range map[string]socketio.Options{"the same name": {Bus: bus.Node(), ServerName: "b"}, "the same node": {Bus: used}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error(what)
				}
			}()
			socketio.New(o)
		}()
	}
}
