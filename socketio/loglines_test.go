package socketio_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// Whatever a client sends is a warning at most, and no long line.
func TestLogLinesOfClientsAreShort(t *testing.T) {
	long := strings.Repeat("n", 100_000)
	for name, send := range map[string][]string{
		"a time":                  {`2["time","` + long + `"]`},
		"a time in a map":         {`2["times",{"` + long + `":"` + long + `"}]`},
		"a number":                {`2["int",1` + strings.Repeat("0", 50_000) + `.5]`},
		"text":                    {`2["int","` + long + `"]`},
		"arguments":               {`2["args","` + long + `"]`},
		"too many unknown events": {`2["` + long + `"]`, `2["` + long + `"]`},
		"too many events":         {`2["int",1]`, `2["int",1]`, `2["` + long + `"]`},
		"auth":                    {`0/auth,{"token":{"` + long[:20_000] + `":1}}`},
		"a time in auth":          {`0/auth,{"at":"` + long[:20_000] + `"}`},
	} {
		t.Run(name, func(t *testing.T) {
			var log ledger
			s := start(t, socketio.Options{Logger: log.logger(), UnknownEventsPerMinute: 1, EventsPerSecond: 2})
			ns := s.Of("/")
			socketio.On(ns, "int", func(ctx, socket, int) error { return nil })
			socketio.On(ns, "time", func(ctx, socket, time.Time) error { return nil })
			socketio.On(ns, "times", func(ctx, socket, map[string]time.Time) error { return nil })
			socketio.On(ns, "args", func(_ ctx, _ socket, a socketio.Args) error {
				var n int
				return fmt.Errorf("in the handler: %w", a.Decode(0, &n))
			})
			s.Of("/auth").Use(func(_ ctx, so socket) error {
				var auth struct {
					Token string    `json:"token"`
					At    time.Time `json:"at"`
				}
				return so.Auth(&auth)
			})
			s.client(t).send(send...)
			eventually(t, "it is told", func() bool {
				return slices.ContainsFunc(log.warnings(), func(line string) bool { return strings.Contains(line, "event failed") })
			})
			for _, line := range log.warnings() {
				if len(line) > 1500 || !strings.HasPrefix(line, "WARN ") {
					t.Errorf("%d bytes: %.300s", len(line), line)
				}
			}
		})
	}
}

// What doesn't fit where the program itself decodes is told to the client as for a typed event.
func TestDecodeErrorsAreForTheClient(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	socketio.OnCall(ns, "first", func(_ ctx, _ socket, a socketio.Args) (int, error) {
		var n int
		err := a.Decode(0, &n)
		return n, err
	})
	s.Of("/auth").Use(func(_ ctx, so socket) error {
		var auth struct {
			Token string `json:"token"`
		}
		return so.Auth(&auth)
	})
	w := s.client(t)
	w.send(`21["first",1]`, `22["first","x"]`)
	w.expect(`31[1]`, `32[{"error":{"code":"bad_payload","message":"argument 1: want a whole number, got a string"}}]`)
	w.send(`0/auth,{"token":1}`)
	w.expect(`4/auth,{"message":"auth at token: want a string, got a number"}`)
}

// A handler that returns what Emit says of a client that doesn't read is no error of the program; a
// bus that is full is one.
func TestSlowClientIsAWarning(t *testing.T) {
	for _, tt := range []struct {
		err   error
		level string
	}{{nil, "WARN "}, {fmt.Errorf("full: %w", socketio.ErrSlow), "ERROR "}} {
		var log ledger
		o := socketio.Options{Logger: log.logger(), MaxQueue: 1000}
		if tt.err != nil {
			o.Bus = deaf{tt.err}
		}
		s := start(t, o)
		socketio.On(s.Of("/"), "x", func(_ ctx, so socket, _ socketio.None) error {
			if tt.err != nil {
				return so.Namespace().Emit("y")
			}
			for {
				if err := so.Emit("y", strings.Repeat("y", 900)); err != nil {
					return errors.Join(errors.New("in the handler"), err)
				}
			}
		})
		request := s.poll(t, "EIO=4")
		request("POST", "40")
		request("GET", "")
		request("POST", `42["x"]`)
		eventually(t, "it is told", func() bool { return len(log.warnings()) > 0 })
		if line := log.warnings()[0]; !strings.HasPrefix(line, tt.level) {
			t.Error(line)
		}
	}
}
