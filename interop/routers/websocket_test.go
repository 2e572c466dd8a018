package routers

import (
	"bufio"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/ws"
)

// A rawSocket is a WebSocket as it is on the wire.
type rawSocket struct {
	net.Conn
	r      *bufio.Reader
	header http.Header // of the 101
}

// requestUpgrade sends what browsers send and returns the first answer's status and header.
func (b *browser) requestUpgrade(t *testing.T, target, connection string) (*rawSocket, int) {
	t.Helper()
	conn, err := b.dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(3 * patience))
	key := base64.StdEncoding.EncodeToString([]byte("sixteen bytes ok"))
	h := b.header()
	h.Set("Connection", connection)
	h.Set("Upgrade", "websocket")
	h.Set("Sec-WebSocket-Version", "13")
	h.Set("Sec-WebSocket-Key", key)
	h.Set("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")
	var head strings.Builder
	fmt.Fprintf(&head, "GET %s HTTP/1.1\r\nHost: %s\r\n", target, b.host())
	h.Write(&head)
	if _, err := io.WriteString(conn, head.String()+"\r\n"); err != nil {
		t.Fatal(err)
	}

	s := &rawSocket{Conn: conn, r: bufio.NewReader(conn)}
	lines := textproto.NewReader(s.r)
	line, err := lines.ReadLine()
	if err != nil {
		t.Fatalf("no answer to the upgrade: %v", err)
	}
	proto, rest, _ := strings.Cut(line, " ")
	code, _, _ := strings.Cut(rest, " ")
	status, err := strconv.Atoi(code)
	if proto != "HTTP/1.1" || err != nil {
		t.Fatalf("the answer to the upgrade begins with %q", line)
	}
	header, err := lines.ReadMIMEHeader()
	if err != nil {
		t.Fatalf("the header of the answer to the upgrade: %v", err)
	}
	s.header = http.Header(header)
	if status == http.StatusSwitchingProtocols {
		s.checkHeader(t, key)
	}
	return s, status
}

func (s *rawSocket) checkHeader(t *testing.T, key string) {
	t.Helper()
	for name, want := range map[string]string{
		"Sec-Websocket-Accept": ws.AcceptKey(key), "Upgrade": "websocket", "Connection": "Upgrade",
	} {
		if got := s.header.Values(name); !slices.Equal(got, []string{want}) {
			t.Errorf("the 101 says %s: %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"Content-Encoding", "Content-Length", "Transfer-Encoding"} {
		if got := s.header.Values(name); got != nil {
			t.Errorf("the 101 says %s: %q", name, got)
		}
	}
}

// upgrade is requestUpgrade that has to succeed.
func (b *browser) upgrade(t *testing.T, target, connection string) *rawSocket {
	t.Helper()
	s, status := b.requestUpgrade(t, target, connection)
	if status != http.StatusSwitchingProtocols {
		text, _ := io.ReadAll(io.LimitReader(s.r, 200))
		t.Fatalf("upgrade: status %d, %q", status, text)
	}
	return s
}

// send writes a text frame, of at most 125 bytes.
func (s *rawSocket) send(t *testing.T, text string) {
	t.Helper()
	frame := []byte{0x81, 0x80 | byte(len(text))}
	mask := [4]byte{1, 2, 3, 4}
	frame = append(frame, mask[:]...)
	for i := range len(text) {
		frame = append(frame, text[i]^mask[i%4])
	}
	if _, err := s.Write(frame); err != nil {
		t.Fatal(err)
	}
}

// expect reads frames until one that isn't a heartbeat, and wants its text to begin so. A second
// answer in front of the first frame is no frame.
func (s *rawSocket) expect(t *testing.T, prefix string) string {
	t.Helper()
	for {
		text, err := s.frame()
		if err != nil {
			t.Fatalf("no frame %q: %v", prefix, err)
		}
		switch {
		case text == "2":
			s.send(t, "3")
		case strings.HasPrefix(text, prefix):
			return text
		case text != "6":
			t.Fatalf("frame %.80q, want %q", text, prefix)
		}
	}
}

// frame reads one whole, uncompressed text frame.
func (s *rawSocket) frame() (string, error) {
	var head [2]byte
	if _, err := io.ReadFull(s.r, head[:]); err != nil {
		return "", err
	}
	if head[0] != 0x81 || head[1] > 127 {
		more, _ := s.r.Peek(min(s.r.Buffered(), 60))
		return "", fmt.Errorf("no text frame: %q", append(head[:], more...))
	}
	n := int(head[1])
	switch n {
	case 126:
		var size [2]byte
		if _, err := io.ReadFull(s.r, size[:]); err != nil {
			return "", err
		}
		n = int(binary.BigEndian.Uint16(size[:]))
	case 127:
		var size [8]byte
		if _, err := io.ReadFull(s.r, size[:]); err != nil {
			return "", err
		}
		n = int(binary.BigEndian.Uint64(size[:]))
	}
	if n > 1<<20 {
		return "", fmt.Errorf("a frame of %d bytes", n)
	}
	text := make([]byte, n)
	_, err := io.ReadFull(s.r, text)
	return string(text), err
}
