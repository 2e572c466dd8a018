package socketio_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/socketio"
)

// What a newcomer does wrong is told at the default level, once, with what to do.
func TestAdvice(t *testing.T) {
	msgpack := packed(t, "83a4", "type", "00a4", "data", "80a3", "nsp", "a1", "/")
	long := strings.Repeat("n", 500)
	for name, c := range map[string]struct {
		parser socketio.Parser
		query  string
		join   bool
		send   string
		closes bool
		told   string // OnConnectionError
		says   []string
	}{
		"msgpack client at a JSON server":   {send: msgpack, closes: true, told: socketio.BrokenPacket, says: []string{"a client sends its packets as msgpack", "set Options.Parser to ParserMsgpack"}},
		"the same later":                    {join: true, send: msgpack, closes: true, says: []string{"a client sends its packets as msgpack", "event failed"}},
		"JSON client at a msgpack server":   {parser: socketio.ParserMsgpack, send: `0{"a":1}`, closes: true, told: socketio.BrokenPacket, says: []string{"a client sends its packets as JSON"}},
		"no Socket.IO":                      {send: `{"hello":1}`, closes: true, told: socketio.BrokenPacket, says: []string{"does it speak Socket.IO?"}},
		"bytes":                             {send: "b:\x00\x01", closes: true, told: socketio.BrokenPacket, says: []string{"does it speak Socket.IO?"}},
		"too deep":                          {send: `0{"a":` + strings.Repeat("[", 600) + strings.Repeat("]", 600) + `}`, closes: true, told: socketio.BrokenPacket, says: []string{"packet nested too deeply", "broken packet"}[1:]},
		"too large":                         {send: "0" + strings.Repeat("x", 1_000_001), closes: true, told: socketio.BrokenPacket},
		"an event before CONNECT":           {send: `2["hi"]`, closes: true, told: socketio.NotConnected, says: []string{"it has to join with a CONNECT", "packet=EVENT namespace=/"}},
		"a refusal from the client":         {join: true, send: `4{"message":"x"}`, closes: true, says: []string{"packet=CONNECT_ERROR"}},
		"an event for another namespace":    {join: true, send: `2/other,["hi"]`, closes: true, says: []string{"namespace=/other"}},
		"CONNECT twice":                     {join: true, send: `0`, closes: true, says: []string{"that it is in already"}},
		"unknown namespace":                 {send: `0/none,`, says: []string{"asked for a namespace that doesn't exist", "namespace=/none"}},
		"unknown namespace with a long one": {send: `0/` + long + `,`, says: []string{"namespace=/" + long[:99] + "…"}},
		"unknown event":                     {join: true, send: `2["hi` + long + `"]`, says: []string{"an event came that nobody handles", "event=hi" + long[:98] + "… namespace=/"}},
	} {
		t.Run(name, func(t *testing.T) {
			var log ledger
			errs := make(chan *engineio.ConnectionError, 10)
			s := start(t, socketio.Options{Parser: c.parser, Logger: log.logger(), OnConnectionError: func(e *engineio.ConnectionError) { errs <- e }})
			echo(s.Of("/"))
			for range 2 {
				w := s.dial(t, "EIO=4", "who=me")
				if c.join {
					w.join("/")
				}
				w.send(c.send)
				if c.closes {
					w.expect(closed)
				}
				if c.told != "" {
					e := receive(t, errs)
					if e.Name != c.told || e.Code != engineio.BadRequest || e.Err == nil || e.Request.URL.Query().Get("who") != "me" || e.Request.Host == "" {
						t.Errorf("%+v", e)
					}
					if own, ok := errors.AsType[*socketio.Error](e.Err); c.told == socketio.BrokenPacket && (!ok || own.Code == "") {
						t.Error(e.Err)
					}
				}
			}
			eventually(t, "all is said: "+log.String(), func() bool {
				for _, want := range c.says {
					if !strings.Contains(log.String(), want) {
						return false
					}
				}
				return true
			})
			n := 0
			for _, line := range log.warnings() {
				if !strings.Contains(line, "event failed") {
					n++
				}
				if !strings.HasPrefix(line, "WARN ") {
					t.Error(line)
				}
			}
			if n != min(len(c.says), 1) || len(errs) > 0 {
				t.Error(len(errs), log.String())
			}
		})
	}
	t.Run("msgpack over polling", func(t *testing.T) {
		var log ledger
		s := start(t, socketio.Options{Logger: log.logger(), OnConnectionError: func(*engineio.ConnectionError) { panic("in the hook") }})
		s.poll(t, "EIO=4")("POST", "b"+base64.StdEncoding.EncodeToString([]byte(msgpack[2:])))
		eventually(t, "it is told", func() bool {
			return strings.Contains(log.String(), "as msgpack") && strings.Contains(log.String(), "in the hook")
		})
	})
}

// A client of plain WebSocket that never joins isn't dropped without a word; a page that was left
// while it polled is no mistake.
func TestAdviceOnSilence(t *testing.T) {
	var log ledger
	s := start(t, socketio.Options{ConnectTimeout: 50 * time.Millisecond, Logger: log.logger()})
	s.poll(t, "EIO=4")
	eventually(t, "it is dropped", func() bool { return socketio.Pending(s.Server) == 0 })
	if text := log.String(); text != "" {
		t.Error(text)
	}
	s.dial(t).expect(closed)
	if text := log.String(); strings.Count(text, "it joined no namespace within ConnectTimeout") != 1 {
		t.Error(text)
	}
}

// What clients do wrong fills no log.
func TestAdviceIsRateLimited(t *testing.T) {
	var log ledger
	s := start(t, socketio.Options{Logger: log.logger()})
	echo(s.Of("/"))
	w := s.client(t)
	for range 500 {
		w.send(`2["a"]`, `0/b,`)
		w.expect(`4/b,{"message":"Invalid namespace"}`)
	}
	w.settled()
	if lines := log.warnings(); len(lines) != 2 {
		t.Error(lines)
	}
}
