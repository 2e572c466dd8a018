package engineio_test

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// An answer is a whole HTTP response. A request that failed has status 0 and its error as body.
type answer struct {
	status int
	body   string
	header http.Header
}

// is compares status and body.
func (a answer) is(t *testing.T, status int, body string) {
	t.Helper()
	if a.status != status || a.body != body {
		t.Fatalf("answer %d %q, want %d %q", a.status, head(a.body), status, head(body))
	}
}

// refused compares with the JSON of a refusal.
func (a answer) refused(t *testing.T, status, code int, message string) {
	t.Helper()
	a.is(t, status, fmt.Sprintf(`{"code":%d,"message":%q}`, code, message))
	if got := a.header.Get("Content-Type"); got != "application/json" {
		t.Fatalf("Content-Type of a refusal is %q", got)
	}
}

// do sends a request; header are names and values in turn. The target begins with / or is a query
// for the server's path.
func (r *rig) do(method, target, body string, header ...string) answer {
	if !strings.HasPrefix(target, "/") {
		target = r.Path() + "?" + target
	}
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	req, err := http.NewRequest(method, "http://engine.test"+target, reader)
	if err != nil {
		return answer{body: err.Error()}
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	return r.send(req)
}

// send sends a request and reads the answer.
func (r *rig) send(req *http.Request) answer {
	res, err := r.client.Do(req)
	if err != nil {
		return answer{body: err.Error()}
	}
	defer res.Body.Close()
	content, err := io.ReadAll(res.Body)
	if err != nil {
		return answer{body: err.Error()}
	}
	return answer{res.StatusCode, string(content), res.Header}
}

// openPacket is the JSON of the first packet.
type openPacket struct {
	SID          string   `json:"sid"`
	Upgrades     []string `json:"upgrades"`
	PingInterval int64    `json:"pingInterval"`
	PingTimeout  int64    `json:"pingTimeout"`
	MaxPayload   int64    `json:"maxPayload"`
}

func parseOpen(t *testing.T, packet string) openPacket {
	t.Helper()
	data, ok := strings.CutPrefix(packet, "0")
	var p openPacket
	if err := json.Unmarshal([]byte(data), &p); !ok || err != nil {
		t.Fatalf("no open packet: %q", packet)
	}
	return p
}

// A poller is a client on polling.
type poller struct {
	*rig
	query string // with the session id
	open  openPacket
}

// poll opens a session of revision 4 on polling.
func (r *rig) poll(query ...string) (*poller, *session) {
	r.t.Helper()
	base := strings.Join(append([]string{"EIO=4&transport=polling"}, query...), "&")
	a := r.do("GET", base, "")
	if a.status != 200 {
		r.t.Fatalf("handshake: %d %q", a.status, a.body)
	}
	open := parseOpen(r.t, a.body)
	return &poller{r, base + "&sid=" + open.SID, open}, r.session()
}

func (p *poller) get() answer             { return p.do("GET", p.query, "") }
func (p *poller) post(body string) answer { return p.do("POST", p.query, body) }

// getting starts a GET and waits until the server has it.
func (p *poller) getting(s *session) <-chan answer {
	p.t.Helper()
	done := make(chan answer, 1)
	go func() { done <- p.get() }()
	eventually(p.t, "the request waits", s.Waiting)
	return done
}

// gets compares the packets of the next answers, however they are divided.
func (p *poller) gets(want ...string) {
	p.t.Helper()
	var got []string
	for len(got) < len(want) {
		a := p.get()
		if a.status != 200 {
			p.t.Fatalf("GET: %d %q after %q, want %q", a.status, head(a.body), got, want)
		}
		got = append(got, strings.Split(a.body, "\x1e")...)
	}
	for i := range got {
		if i >= len(want) || got[i] != want[i] {
			p.t.Fatalf("packets %.200q, want %.200q", got, want)
		}
	}
}

// posts sends packets in one request.
func (p *poller) posts(packets ...string) {
	p.t.Helper()
	p.post(strings.Join(packets, "\x1e")).is(p.t, 200, "ok")
}

// gone checks that the session is unknown now.
func (p *poller) gone() {
	p.t.Helper()
	p.get().refused(p.t, 400, 1, "Session ID unknown")
}

// First bytes of frames.
const (
	textFrame   = 0x81
	binaryFrame = 0x82
	closeFrame  = 0x88
	pingFrame   = 0x89
	pongFrame   = 0x8a
	rsv1        = 0x40
)

// A wire is a WebSocket client that sends exactly what it is told to.
type wire struct {
	net.Conn
	t   *testing.T
	in  *bufio.Reader
	res *http.Response
}

// mask returns a client's frame with the given first byte.
func mask(first byte, payload string) []byte {
	var out []byte
	switch n := len(payload); {
	case n < 126:
		out = []byte{first, 0x80 | byte(n)}
	case n < 1<<16:
		out = binary.BigEndian.AppendUint16([]byte{first, 0x80 | 126}, uint16(n))
	default:
		out = binary.BigEndian.AppendUint64([]byte{first, 0x80 | 127}, uint64(n))
	}
	key := [4]byte{0x12, 0x34, 0x56, 0x78}
	out = append(out, key[:]...)
	for i := range len(payload) {
		out = append(out, payload[i]^key[i%4])
	}
	return out
}

const upgradeHeader = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"

// upgrade sends a WebSocket request, with glued in the same write, and reads the answer.
func (r *rig) upgrade(query, glued string, header ...string) *wire {
	r.t.Helper()
	conn, err := r.dial()
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(r.patience))
	target := query
	if !strings.HasPrefix(target, "/") {
		target = r.Path() + "?" + target
	}
	request := "GET " + target + " HTTP/1.1\r\nHost: engine.test\r\n" + upgradeHeader
	for i := 0; i < len(header); i += 2 {
		request += header[i] + ": " + header[i+1] + "\r\n"
	}
	w := &wire{Conn: conn, t: r.t, in: bufio.NewReader(conn)}
	w.raw(request + "\r\n" + glued)
	if w.res, err = http.ReadResponse(w.in, nil); err != nil {
		r.t.Fatalf("upgrade: %v", err)
	}
	return w
}

// websocket opens a session on WebSocket.
func (r *rig) websocket(query ...string) (*wire, *session) {
	r.t.Helper()
	w := r.upgrade(strings.Join(append([]string{"EIO=4&transport=websocket"}, query...), "&"), "")
	w.accepted()
	w.open()
	return w, r.session()
}

// probe starts to upgrade a session.
func (p *poller) probe() *wire {
	p.t.Helper()
	w := p.upgrade(strings.Replace(p.query, "transport=polling", "transport=websocket", 1), "")
	w.accepted()
	return w
}

// upgraded takes a session to WebSocket.
func (p *poller) upgraded() *wire {
	p.t.Helper()
	w := p.probe()
	w.text("2probe")
	w.expect("3probe")
	w.text("5")
	return w
}

func (w *wire) accepted() {
	w.t.Helper()
	if w.res.StatusCode != http.StatusSwitchingProtocols {
		body, _ := io.ReadAll(w.res.Body)
		w.t.Fatalf("upgrade: %s %q", w.res.Status, body)
	}
}

func (w *wire) open() openPacket {
	w.t.Helper()
	_, p := w.next()
	return parseOpen(w.t, p)
}

// raw sends bytes. That the other side has gone is no error: what was answered tells more.
func (w *wire) raw(p string) { io.WriteString(w.Conn, p) }

func (w *wire) frame(first byte, payload string) { w.Conn.Write(mask(first, payload)) }

func (w *wire) text(packets ...string) {
	for _, p := range packets {
		w.frame(textFrame, p)
	}
}

// read returns the next frame: its first byte and the payload.
func (w *wire) read() (first byte, payload string, err error) {
	var h [8]byte
	if _, err = io.ReadFull(w.in, h[:2]); err != nil {
		return 0, "", err
	}
	first = h[0]
	n := uint64(h[1])
	switch n {
	case 126:
		_, err = io.ReadFull(w.in, h[:2])
		n = uint64(binary.BigEndian.Uint16(h[:]))
	case 127:
		_, err = io.ReadFull(w.in, h[:])
		n = binary.BigEndian.Uint64(h[:])
	}
	if err != nil {
		return 0, "", err
	}
	p := make([]byte, n)
	_, err = io.ReadFull(w.in, p)
	return first, string(p), err
}

// next returns the next frame and fails when there is none.
func (w *wire) next() (first byte, payload string) {
	w.t.Helper()
	first, payload, err := w.read()
	if err != nil {
		w.t.Fatalf("next frame: %v", err)
	}
	return first, payload
}

// expect compares the next frames; one that starts with "binary:" is a binary one.
func (w *wire) expect(want ...string) {
	w.t.Helper()
	for _, text := range want {
		first, p := w.next()
		expected := byte(textFrame)
		text, ok := strings.CutPrefix(text, "binary:")
		if ok {
			expected = binaryFrame
		}
		if first != expected || p != text {
			w.t.Fatalf("frame %#x %q, want %#x %q", first, head(p), expected, head(text))
		}
	}
}

// Codes of a close frame; the two that are never sent mean a frame without code and no frame.
const (
	noCode    = 1005
	noClosing = 1006
)

// closing reads to the end of the connection, which has to come, and returns the code of the close
// frame. What came before it must be want.
func (w *wire) closing(want ...string) (code int) {
	w.t.Helper()
	code = noClosing
	for {
		first, p, err := w.read()
		switch {
		case err != nil:
			if t, ok := err.(net.Error); ok && t.Timeout() {
				w.t.Fatal("the connection stays open")
			}
			if len(want) > 0 {
				w.t.Fatalf("ended without %q", want)
			}
			return code
		case code != noClosing:
			w.t.Fatalf("frame %#x %q after the close frame", first, p)
		case first == closeFrame && len(p) == 0:
			code = noCode
		case first == closeFrame:
			code = int(binary.BigEndian.Uint16([]byte(p)))
		case len(want) == 0 || want[0] != p:
			w.t.Fatalf("frame %#x %q before the close frame, want %q", first, p, want)
		default:
			want = want[1:]
		}
	}
}

// closes is closing for a certain code.
func (w *wire) closes(want int) {
	w.t.Helper()
	if code := w.closing(); code != want {
		w.t.Fatalf("closed with %d, want %d", code, want)
	}
}
