package engineio_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/engineio"
)

// A rogue panics with itself, so that printing the panic panics too.
type rogue struct{}

func (r rogue) Error() string                                 { panic(r) }
func (r rogue) tell(*engineio.Socket)                         { panic(r) }
func (r rogue) roundTrip(*engineio.Socket, time.Duration)     { panic(r) }
func (r rogue) Enabled(context.Context, slog.Level) bool      { return true }
func (r rogue) Handle(context.Context, slog.Record) error     { panic(r) }
func (r rogue) WithAttrs([]slog.Attr) slog.Handler            { panic(r) }
func (r rogue) WithGroup(string) slog.Handler                 { panic(r) }
func (r rogue) refused(*engineio.ConnectionError)             { panic(r) }
func (r rogue) allow(*http.Request) error                     { return r }
func (r rogue) nothing(*http.Request) error                   { return (*engineio.ConnectionError)(nil) }
func (r rogue) generateID(*http.Request) (id string, _ error) { return "x", r }

// What the application panics with where connections are read ends nothing, whether the log can be
// told or not.
func TestObserverThatPanics(t *testing.T) {
	told := new(diary)
	for name, logger := range map[string]*slog.Logger{
		"told":                         told.logger(),
		"and a logger that panics too": slog.New(rogue{}),
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, engineio.Options{Observer: &engineio.Observer{Upgrading: rogue{}.tell, Upgraded: rogue{}.tell, RoundTrip: rogue{}.roundTrip}, Logger: logger, PingInterval: 50 * time.Millisecond})
			p, s := r.poll()
			get := p.getting(s)
			w := p.probe()
			w.text("2probe")
			w.expect("3probe")
			<-get
			w.text("5", "3") // a ping may have gone with the answer
			for range 3 {
				w.expect("2")
				w.text("3")
			}
			w.text("4x")
			s.got("x")
			s.alive()
		})
	}
	told.says(t, "Observer panicked")
	told.says(t, "rogue.roundTrip") // in the stack
}

func TestOnConnectionErrorThatPanics(t *testing.T) {
	told := new(diary)
	r := newRig(t, engineio.Options{OnConnectionError: rogue{}.refused, Logger: told.logger()})
	r.do("GET", "/engine.io/?EIO=4&transport=none", "").refused(t, 400, 0, "Transport unknown")
	told.says(t, "OnConnectionError panicked")
	_, s := r.poll()
	s.alive()
}

func TestErrorsThatPanic(t *testing.T) {
	told := new(diary)
	log := slog.New(slog.NewTextHandler(told, &slog.HandlerOptions{Level: slog.LevelDebug}))
	r := newRig(t, engineio.Options{AllowRequest: rogue{}.allow, Logger: log})
	r.do("GET", "/engine.io/?EIO=4&transport=polling", "").refused(t, 403, 4, "Forbidden")
	told.says(t, "the error of AllowRequest panicked")
	if n := r.Pending(); n != 0 {
		t.Error(n, "handshakes are pending")
	}
	r = newRig(t, engineio.Options{GenerateID: rogue{}.generateID, Logger: log})
	r.do("GET", "/engine.io/?EIO=4&transport=polling", "").refused(t, 400, 3, "Bad request")
	told.says(t, "the error of GenerateID panicked")

	r = newRig(t, engineio.Options{AllowRequest: rogue{}.nothing})
	_, s := r.poll()
	s.alive()
}

func TestTextOfARefusal(t *testing.T) {
	none := (*engineio.ConnectionError)(nil)
	if none.Error() != "<nil>" || errors.Unwrap(none) != nil {
		t.Error(none.Error())
	}
	e := &engineio.ConnectionError{Message: "Forbidden", Err: rogue{}}
	if got := e.Error(); !strings.HasPrefix(got, "engineio: Forbidden: engineio_test.rogue") {
		t.Error(got)
	}
}

// A mistake of the caller harms the caller alone.
func TestSendOfNothing(t *testing.T) {
	r := newRig(t, engineio.Options{})
	w, s := r.websocket()
	for _, send := range []func(){
		func() { s.Send(nil, 0) },
		func() { s.SendLatest(nil, engineio.Slot{}, 0) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			send()
		}()
	}
	s.send("y")
	w.expect("4y")
}
