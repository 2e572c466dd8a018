package engineio

import (
	"bytes"
	"log/slog"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// collector is a receiver that keeps what it is told.
type collector struct {
	messages []collected
	closed   []Reason
}

type collected struct {
	data   string
	binary bool
}

func (c *collector) Message(data []byte, binary bool) {
	c.messages = append(c.messages, collected{string(data), binary})
}

func (c *collector) Closed(reason Reason, _ error) { c.closed = append(c.closed, reason) }

// decode gives a payload to a new session on polling, as a POST does, and returns what the receiver
// was told.
func decode(t *testing.T, server *Server, protocol uint8, take func(*Socket, []byte) error, body []byte) *collector {
	t.Helper()
	c := new(collector)
	s := &Socket{server: server, id: "id", protocol: protocol, receiver: c}
	server.register(s)
	s.mu.Lock()
	s.startBeat()
	// A close packet needn't wait for a request.
	s.leaving, s.get = nil, &pollRequest{ready: make(chan struct{}, 1)}
	s.mu.Unlock()
	if !s.begin() {
		t.Fatal("the session is busy")
	}
	if err := take(s, bytes.Clone(body)); err != nil {
		s.end(ReasonParseError, err)
	}
	s.done()
	ended := s.Closed()
	s.Discard()
	if len(c.closed) != 1 || ended == (c.closed[0] == ReasonForcedClose) {
		t.Fatalf("ended %v, Closed: %q", ended, c.closed)
	}
	if _, ok := server.Socket("id"); ok {
		t.Fatal("the session is still registered")
	}
	return c
}

func fuzzServer(f *testing.F) *Server {
	server := New(Options{Logger: slog.New(slog.DiscardHandler), AllowEIO3: true}, nil)
	f.Cleanup(func() { server.Close() })
	return server
}

// roundTrip encodes messages as an answer to a client and decodes them again.
func (c *collector) roundTrip(t *testing.T, server *Server, v3, framed bool, take func(*Socket, []byte) error) {
	t.Helper()
	if len(c.messages) == 0 {
		return
	}
	out := payload{v3: v3, framed: framed}
	for _, m := range c.messages {
		if m.binary {
			out.message(Binary([]byte(m.data)))
		} else {
			out.message(Text(m.data))
		}
	}
	protocol := uint8(4)
	if v3 {
		protocol = 3
	}
	if again := decode(t, server, protocol, take, out.buf); !slices.Equal(again.messages, c.messages) {
		t.Fatalf("messages %+v became %+v", c.messages, again.messages)
	}
}

func FuzzPayloadV4(f *testing.F) {
	server := fuzzServer(f)
	for _, seed := range []string{
		"40", "3", "1", "2", "5", "6", "4", "b", "bAQID", "bAQI=", "bAQ==", "", "\x1e", "4hello\x1e4ü€😀\x1ebAQIDBA==",
		`40/admin,{"token":"x"}`, `42["message","hi"]`, "421[\"ack\"]\x1e3", `451-["bin",{"_placeholder":true,"num":0}]` + "\x1ebAQ==",
		"4a\x1e1\x1e4b", "4\xff", "\x00", "7", "b!",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		body = bytes.ToValidUTF8(body, []byte("\uFFFD"))
		c := decode(t, server, 4, (*Socket).takeText, body)
		want := reference(body)
		if !slices.Equal(c.messages, want) {
			t.Fatalf("messages %+v, want %+v", c.messages, want)
		}
		c.roundTrip(t, server, false, false, (*Socket).takeText)
	})
}

// reference reads a revision 4 payload in another way.
func reference(body []byte) (messages []collected) {
	for _, packet := range bytes.Split(body, []byte{separator}) {
		switch {
		case len(packet) == 0:
			return messages
		case packet[0] == 'b':
			messages = append(messages, collected{bitwise(string(packet[1:])), true})
		case packet[0] == '4':
			messages = append(messages, collected{string(packet[1:]), false})
		case packet[0] == '1' || packet[0] == '2' || packet[0] < '0' || packet[0] > '6':
			return messages
		}
	}
	return messages
}

// bitwise reads base64 as Node does, in another way.
func bitwise(text string) (data string) {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	text, _, _ = strings.Cut(text, "=")
	bits, n := 0, 0
	for _, c := range strings.NewReplacer("-", "+", "_", "/").Replace(text) {
		if i := strings.IndexRune(digits, c); i >= 0 {
			bits, n = bits<<6|i, n+6
		}
		if n >= 8 {
			n -= 8
			data += string([]byte{byte(bits >> n)})
			bits &= 1<<n - 1
		}
	}
	return data
}

func FuzzPayloadV3Text(f *testing.F) {
	server := fuzzServer(f)
	for _, seed := range []string{
		"1:2", "1:1", "2:40", "6:2probe", "12:42[\"message\"", `18:42["message","hi"]`, "10:b4AQIDBA==", "5:4ü€😀", "3:4\u00c3\u00bc", "6:4hello1:2",
		`13:40/nsp?a=1&b=2`, "", "0:", "4abc", "-1:4", "3:4a", "2:4😀", "99999999999999999999:4", "2:b4", "1:b",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		c := decode(t, server, 3, (*Socket).takeTextV3, bytes.ToValidUTF8(body, []byte("\uFFFD")))
		for i, m := range c.messages {
			if !m.binary && !utf8.ValidString(m.data) {
				t.Fatalf("message %d is no text: %q", i, m.data)
			}
			if !m.binary && string(decodeTwice([]byte("4"+m.data))) != "4"+m.data {
				return // it would be decoded again
			}
		}
		c.roundTrip(t, server, true, false, (*Socket).takeTextV3)
	})
}

func FuzzPayloadV3Binary(f *testing.F) {
	server := fuzzServer(f)
	for _, packets := range [][]string{
		{"\x004hello"}, {"\x002"}, {"\x001"}, {"\x01\x04\x01\x02\x03"}, {"\x004a", "\x01\x04", "\x004ü"}, {`` + "\x00" + `451-["b",{"_placeholder":true,"num":0}]`, "\x01\x04\xff"},
		{"\x01"}, {"\x01\x09"}, {"\x00"}, {"\x02x"},
	} {
		var body []byte
		for _, p := range packets {
			body = append(body, p[0])
			for _, digit := range strconv.Itoa(len(p) - 1) {
				body = append(body, byte(digit-'0'))
			}
			body = append(append(body, 0xff), p[1:]...)
		}
		f.Add(body)
	}
	f.Add([]byte("\x00\xff4"))
	f.Add([]byte("\x00\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\xff4"))
	f.Fuzz(func(t *testing.T, body []byte) {
		c := decode(t, server, 3, (*Socket).takeBinaryV3, body)
		for i, m := range c.messages {
			if !m.binary && !utf8.ValidString(m.data) {
				t.Fatalf("message %d is no text: %q", i, m.data)
			}
		}
		c.roundTrip(t, server, true, true, (*Socket).takeBinaryV3)
	})
}

var (
	maybeDoubled = regexp.MustCompile(`\\?\\n`)
	doubled      = regexp.MustCompile(`\\\\n`)
)

// The forms that old browsers post, and payloads that are made to such forms.
func FuzzJSONPForm(f *testing.F) {
	for _, seed := range []string{
		"d=40", "d=42%5B%22message%22%2C%22hi%22%5D", "d=42%5B%22m%22%2C%22a%5C%5Cnb%22%5D", "d=4a%5C%5Cnb%5Cn%22%1E4%C3%BC",
		"d=18%3A42%5B%22message%22%2C%22hi%22%5D", "d=3%3A4%C3%BCy", "d=4a+b%26c%3Dd%3Be", "d=4a%0D%0Ab", "d=4&d=4x", "d=", "d", "e=4", "", "d=%", "d=4;e",
		`42["m","a\nb"]`, `42["m","a\\nb"]`, "4a\nb\x1e4c", `4\`, `4\\\n`, "2:40", "bAQID",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		// As a form. Line feeds are settled first and what was doubled then.
		got := formData(body)
		values, err := url.ParseQuery(string(body))
		if err == nil && values.Has("d") {
			want := maybeDoubled.ReplaceAllStringFunc(values.Get("d"), func(s string) string {
				if s == `\n` {
					return "\n"
				}
				return s
			})
			if want = doubled.ReplaceAllLiteralString(want, `\n`); string(got) != want {
				t.Fatalf("form %q gives %q, want %q", body, got, want)
			}
		} else if got != nil {
			t.Fatalf("bad form %q gives %q", body, got)
		}
		// As a payload.
		if bytes.Contains(body, []byte("\\\n")) {
			return // what a client makes of it has two meanings; JSON never has it
		}
		posted := strings.ReplaceAll(strings.ReplaceAll(string(body), `\n`, "\\\n"), "\n", `\n`)
		form := url.Values{"d": {posted}}.Encode()
		if got := formData([]byte(form)); !bytes.Equal(got, body) {
			t.Fatalf("payload %q is posted as %q and gives %q", body, form, got)
		}
	})
}
