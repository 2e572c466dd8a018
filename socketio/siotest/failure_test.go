package siotest_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/siotest"
)

// A failing test: Fatalf ends its goroutine and keeps the text.
type failing struct {
	testing.TB
	text string
}

func (f *failing) Helper() {}

func (f *failing) Fatalf(format string, args ...any) {
	f.text = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func TestFailuresAreClear(t *testing.T) {
	for _, test := range []struct {
		name string
		do   func(f *failing, s *socketio.Server, c *siotest.Client)
		want []string
	}{
		{"another event", func(_ *failing, _ *socketio.Server, c *siotest.Client) { c.Emit("echo", 1); c.Expect("echo", 2) },
			[]string{"got   echo [1]", "want  echo [2]"}},
		{"one argument too few", func(_ *failing, _ *socketio.Server, c *siotest.Client) { c.Emit("echo"); c.Expect("echo", siotest.Any) },
			[]string{"got   echo []"}},
		{"a missing field", func(_ *failing, _ *socketio.Server, c *siotest.Client) {
			c.Emit("echo", map[string]int{"a": 1})
			c.Expect("echo", map[string]any{"b": siotest.Any})
		}, []string{`got   echo [{"a":1}]`}},
		{"nothing comes", func(_ *failing, _ *socketio.Server, c *siotest.Client) { c.Expect("x", "y") },
			[]string{`want x ["y"]`, "nothing came within 30s", "→ 0"}},
		{"the end comes", func(_ *failing, s *socketio.Server, c *siotest.Client) { c.Emit("close"); c.Next() },
			[]string{"the client has ended", "← 1"}},
		{"something comes", func(_ *failing, _ *socketio.Server, c *siotest.Client) { c.Emit("echo", "<b>"); c.ExpectNone(1) },
			[]string{`got echo ["<b>"], want no event`}},
		{"no ack", func(_ *failing, _ *socketio.Server, c *siotest.Client) { c.Ask("unknown", 7) },
			[]string{`ask "unknown"`, "deadline", `→ 20["unknown",7]`}},
		{"another ack", func(_ *failing, _ *socketio.Server, c *siotest.Client) { c.ExpectReply("reply", []any{7}, 8) },
			[]string{"reply to reply", "got   [7]", "want  [8]"}},
		{"emit after the end", func(_ *failing, _ *socketio.Server, c *siotest.Client) { c.Disconnect(); c.Emit("x") },
			[]string{`emit "x"`, "it has disconnected"}},
		{"what can't be encoded", func(_ *failing, _ *socketio.Server, c *siotest.Client) { c.Emit("x", make(chan int)) },
			[]string{`emit "x"`}},
		{"a reply that nobody waits for", func(_ *failing, _ *socketio.Server, c *siotest.Client) { c.Emit("echo"); c.Next().Reply() },
			[]string{"reply to echo []: the server doesn't wait for one"}},
		{"a value of another type", func(f *failing, _ *socketio.Server, c *siotest.Client) {
			siotest.First[int](f, c.Ask("reply", "text"))
		}, []string{`decode ["text"] into int`}},
		{"no end", func(_ *failing, _ *socketio.Server, c *siotest.Client) { c.Reason() },
			[]string{"hasn't ended the client within 30s"}},
		{"a namespace twice", func(_ *failing, _ *socketio.Server, c *siotest.Client) { c.Join("/", nil) },
			[]string{`in "/" already`}},
		{"an unknown namespace", func(_ *failing, _ *socketio.Server, c *siotest.Client) { c.Join("/x", nil) },
			[]string{`join "/x": siotest: namespace refused: Invalid namespace`}},
		{"a refused dial", func(f *failing, s *socketio.Server, _ *siotest.Client) {
			siotest.Dial(f, s, "/", siotest.Options{EIO3: true})
		}, []string{"status 400", "Unsupported protocol version"}},
	} {
		virtual(t, test.name, func(t *testing.T) {
			f := &failing{TB: t}
			s := chat(t, socketio.Options{})
			c := siotest.Dial(f, s, "/", siotest.Options{})
			returned, over := false, make(chan struct{})
			go func() {
				defer close(over)
				test.do(f, s, c)
				returned = true
			}()
			<-over
			if returned {
				t.Fatal("no failure")
			}
			for _, want := range test.want {
				if !strings.Contains(f.text, want) {
					t.Errorf("%q misses %q", f.text, want)
				}
			}
		})
	}
}
