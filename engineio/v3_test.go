package engineio_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/madang-chat/madang/engineio"
)

// pollV3 opens a session of revision 3 with text payloads.
func (r *rig) pollV3(query string) (*poller, *session) {
	r.t.Helper()
	base := "EIO=3&transport=polling" + query
	a := r.do("GET", base, "")
	if a.status != 200 {
		r.t.Fatalf("handshake: %d %q", a.status, a.body)
	}
	length, packet, _ := strings.Cut(a.body, ":")
	open := parseOpen(r.t, packet)
	if length != fmt.Sprint(len(packet)) {
		r.t.Errorf("V3-02 length %s of %d", length, len(packet))
	}
	s := r.session()
	if s.Protocol() != 3 || open.SID != s.ID() {
		r.t.Errorf("protocol %d, sid %q", s.Protocol(), open.SID)
	}
	return &poller{r, base + "&sid=" + open.SID, open}, s
}

// payloadV3 is a text payload as the official clients make it: lengths in UTF-16 units.
func payloadV3(packets ...string) (out string) {
	for _, p := range packets {
		out += fmt.Sprint(len(utf16.Encode([]rune(p)))) + ":" + p
	}
	return out
}

func TestRevision3Polling(t *testing.T) {
	tests := []struct {
		name, query string
		run         func(t *testing.T, r *rig, p *poller, s *session)
	}{
		{"V3-03 text both ways", "&b64=1", func(t *testing.T, r *rig, p *poller, s *session) {
			p.post(payloadV3("4a", "4ü€😀", "4", "b4AQID", "b4")).is(t, 200, "ok")
			s.got("a", "ü€😀", "", "binary:\x01\x02\x03", "binary:")
			s.send("a", "ü€😀", "", "binary:\x01\x02\x03")
			a := p.get()
			a.is(t, 200, "2:4a5:4ü€😀1:46:b4AQID")
			if got := a.header.Get("Content-Type"); got != "text/plain; charset=UTF-8" {
				t.Errorf("Content-Type %q", got)
			}
		}},
		{"V3-02 binary framing for binary", "", func(t *testing.T, r *rig, p *poller, s *session) {
			s.send("a")
			a := p.get()
			a.is(t, 200, "2:4a")
			s.send("ü", "binary:\x01\x02")
			a = p.get()
			a.is(t, 200, "\x00\x03\xff4ü"+"\x01\x03\xff\x04\x01\x02")
			if got := a.header.Get("Content-Type"); got != "application/octet-stream" {
				t.Errorf("Content-Type %q", got)
			}
			s.send("binary:" + strings.Repeat("x", 119))
			p.get().is(t, 200, "\x01\x01\x02\x00\xff\x04"+strings.Repeat("x", 119))
		}},
		{"V3-03 binary framing from the client", "", func(t *testing.T, r *rig, p *poller, s *session) {
			r.do("POST", p.query, "\x00\x03\xff4\u00c3\u00bc"[:3]+"4ü"+"\x01\x03\xff\x04\x01\x02"+"\x00\x02\xff4z",
				"Content-Type", "application/octet-stream").is(t, 200, "ok")
			s.got("ü", "binary:\x01\x02", "z")
		}},
		{"V3-03 text that was encoded twice", "", func(t *testing.T, r *rig, p *poller, s *session) {
			// Clients of the 1.x line encode packets as UTF-8 before the browser does it again.
			for range 2 {
				p.post(payloadV3("4\u00c3\u00bc", "4a")).is(t, 200, "ok")
				s.got("ü", "a")
			}
			p.post(payloadV3("4\u00ed\u00a0\u00bd")).is(t, 200, "ok") // half of a surrogate pair
			s.got("\uFFFD\uFFFD\uFFFD")
			p.post(payloadV3("4\u00c3\u00bc")).is(t, 200, "ok")
			s.got("ü")
		}},
		{"V3-03 a character that nobody encodes twice ends the guessing", "", func(t *testing.T, r *rig, p *poller, s *session) {
			p.post(payloadV3("4€")).is(t, 200, "ok")
			p.post(payloadV3("4\u00c3\u00bc")).is(t, 200, "ok")
			s.got("€", "\u00c3\u00bc")
		}},
		{"V3-03 bytes that are no UTF-8 end the guessing", "", func(t *testing.T, r *rig, p *poller, s *session) {
			p.post(payloadV3("4caf\u00e9")).is(t, 200, "ok")
			p.post(payloadV3("4\u00c3\u00bc")).is(t, 200, "ok")
			s.got("café", "\u00c3\u00bc")
		}},
		{"V3-03 what a payload tells counts for all of it", "", func(t *testing.T, r *rig, p *poller, s *session) {
			p.post(payloadV3("4\u00c3\u00bc", "4€")).is(t, 200, "ok")
			s.got("\u00c3\u00bc", "€")
		}},
		{"V3-03 binary framing is never encoded twice", "", func(t *testing.T, r *rig, p *poller, s *session) {
			r.do("POST", p.query, "\x00\x05\xff4\u00c3\u00bc", "Content-Type", "application/octet-stream").is(t, 200, "ok")
			s.got("\u00c3\u00bc")
		}},
		{"JSON is escaped, so that one and two decodings give the same", "&b64=1", func(t *testing.T, r *rig, p *poller, s *session) {
			s.Send(engineio.NewMessage(append(make([]byte, engineio.Prefix), `2/ü,["aü€😀"]`...)), 0)
			p.get().is(t, 200, payloadV3(`42/ü,["a\u00fc\u20ac\ud83d\ude00"]`))
		}},
		{"a text with binary parts", "&b64=1", func(t *testing.T, r *rig, p *poller, s *session) {
			s.Send(engineio.NewMessage(append(make([]byte, engineio.Prefix), `51-["x"]`...), []byte{1}), 0)
			p.get().is(t, 200, payloadV3(`451-["x"]`, "b4AQ=="))
		}},
		{"V3-10 JSONP", "&b64=1", func(t *testing.T, r *rig, p *poller, s *session) {
			s.send("x")
			r.do("GET", p.query+"&j=7", "").is(t, 200, `___eio[7]("2:4x");`)
			r.do("POST", p.query+"&j=7", "d=3%3A4%C3%BCy").is(t, 200, "ok")
			s.got("üy")
		}},
		{"V3-05 the upgrade", "", func(t *testing.T, r *rig, p *poller, s *session) {
			get := p.getting(s)
			w := p.probe()
			w.text("2probe")
			w.expect("3probe")
			(<-get).is(t, 200, "1:6")
			w.text("5", "4a")
			w.frame(binaryFrame, "\x04b")
			s.got("a", "binary:b")
			s.send("binary:c")
			w.expect("binary:\x04c")
			w.text("2")
			w.expect("3")
		}},
		{"CL-01 CL-03 the ends", "&b64=1", func(t *testing.T, r *rig, p *poller, s *session) {
			get := p.getting(s)
			s.Close()
			(<-get).is(t, 200, "1:1")
			s.end(engineio.ReasonForcedClose)
			p, s = r.pollV3("&b64=1")
			get = p.getting(s)
			p.post("1:1").is(t, 200, "ok")
			(<-get).is(t, 200, "1:6")
			s.end(engineio.ReasonTransportClose)
		}},
		{"no EIO means revision 3", "", func(t *testing.T, r *rig, p *poller, s *session) {
			if a := r.do("GET", "transport=polling", ""); a.status != 200 || r.session().Protocol() != 3 {
				t.Errorf("%d %q", a.status, a.body)
			}
			r.do("GET", strings.Replace(p.query, "EIO=3", "EIO=4", 1), "").refused(t, 400, 3, "Bad request")
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, engineio.Options{AllowEIO3: true})
			p, s := r.pollV3(test.query)
			test.run(t, r, p, s)
		})
	}
}

func TestV306InvalidPayloads(t *testing.T) {
	tests := []struct {
		name, body string
		octets     bool
		got        []string // what came before the fault
	}{
		{"nothing", "", false, nil},
		{"no length", "4abc", false, nil},
		{"no number", "abc", false, nil},
		{"no colon", "123", false, nil},
		{"a negative length", "-1:4", false, nil},
		{"too long a length", "3:4a", false, nil},
		{"half a surrogate pair", "2:4😀", false, nil},
		{"a giant length", "99999999999999999999:4", false, nil},
		{"rubbish at the end", "2:4a9", false, []string{"a"}},
		{"base64 of another type", "4:b0AA", false, nil},
		{"an unknown type", "1:9", false, nil},
		{"octets of an unknown kind", "\x02\x01\xff4", true, nil},
		{"octets without length", "\x00\xff4", true, nil},
		{"octets with a letter as digit", "\x00a\xff4", true, nil},
		{"octets without end of the length", "\x00\x01", true, nil},
		{"octets of a giant length", "\x00\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\xff4", true, nil},
		{"octets of a length beyond 32 bits", "\x00\x02\x01\x04\x07\x04\x08\x03\x06\x04\x09\xff4", true, nil},
		{"octets that end early", "\x00\x02\xff4a\x01\x03\xff\x04", true, []string{"a"}},
		{"octets of an unknown binary type", "\x01\x01\xff\x09", true, nil},
		{"octets of an empty binary packet", "\x01\x00\xff", true, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, engineio.Options{AllowEIO3: true})
			p, s := r.pollV3("&b64=1")
			header := []string{"Content-Type", "text/plain;charset=UTF-8"}
			if test.octets {
				header[1] = "application/octet-stream"
			}
			r.do("POST", p.query, test.body, header...)
			s.end(engineio.ReasonParseError)
			s.got(test.got...)
			s.quiet()
			p.gone()
		})
	}
}

func TestRevision3WebSocket(t *testing.T) {
	open := func(t *testing.T, opts engineio.Options, header ...string) (*wire, *session) {
		opts.AllowEIO3 = true
		r := newRig(t, opts)
		w := r.upgrade("EIO=3&transport=websocket", "", header...)
		w.accepted()
		w.open()
		return w, r.session()
	}
	t.Run("V3-04 binary frames carry a type", func(t *testing.T) {
		w, s := open(t, engineio.Options{})
		w.text("4ü")
		w.frame(binaryFrame, "\x04\x00\xff")
		w.frame(binaryFrame, "\x06")
		w.frame(binaryFrame, "\x04")
		s.got("ü", "binary:\x00\xff", "binary:")
		s.send("ü", "binary:\x00\xff", "binary:")
		w.expect("4ü", "binary:\x04\x00\xff", "binary:\x04")
	})
	t.Run("V3-04 with compression, too", func(t *testing.T) {
		w, s := open(t, engineio.Options{PerMessageDeflate: true}, "Sec-WebSocket-Extensions", "permessage-deflate")
		if w.res.Header.Get("Sec-WebSocket-Extensions") == "" {
			t.Fatal("no compression")
		}
		large := strings.Repeat("x", 5000)
		s.send("binary:" + large)
		w.expect("binary:\x04" + large)
	})
	for name, payload := range map[string]string{"an empty binary frame": "", "a binary frame of an unknown type": "\x07"} {
		t.Run("V3-06 "+name, func(t *testing.T) {
			w, s := open(t, engineio.Options{})
			w.frame(binaryFrame, payload)
			w.closes(noCode)
			s.end(engineio.ReasonParseError)
		})
	}
}
