// Package wstest is a WebSocket client for tests: RFC 6455 without extensions, over any
// http.Client. It shares no code with internal/ws, which it is there to test.
//
// A Conn may be used by any number of goroutines. It starts none.
package wstest

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"
)

// A Kind is the opcode of a message.
type Kind byte

const (
	Text   Kind = 1
	Binary Kind = 2
)

const (
	opClose = 8
	opPing  = 9
	opPong  = 10
)

// NoStatus is the code of a close frame without one.
const NoStatus = 1005

// A CloseError says that the server sent a close frame.
type CloseError struct {
	Code   int
	Reason string
}

func (e *CloseError) Error() string { return fmt.Sprintf("closed with %d %q", e.Code, e.Reason) }

// A Conn is an open connection.
type Conn struct {
	rwc io.ReadWriteCloser

	reading sync.Mutex    // one message at a time
	r       *bufio.Reader // guarded by reading
	end     error         // what ended the reading; guarded by reading

	writing sync.Mutex // one frame at a time
}

// Dial opens a connection. The client and the header may be nil.
func Dial(ctx context.Context, url string, client *http.Client, header http.Header) (*Conn, error) {
	if rest, ok := strings.CutPrefix(url, "ws"); ok {
		url = "http" + rest
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	if header != nil {
		r.Header = header.Clone()
	}
	key := base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%016x", rand.Uint64()))
	r.Header.Set("Connection", "Upgrade")
	r.Header.Set("Upgrade", "websocket")
	r.Header.Set("Sec-WebSocket-Version", "13")
	r.Header.Set("Sec-WebSocket-Key", key)
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("WebSocket handshake: %w", err)
	}
	rwc, ok := resp.Body.(io.ReadWriteCloser)
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	accept := base64.StdEncoding.EncodeToString(sum[:])
	if !ok || resp.StatusCode != http.StatusSwitchingProtocols || resp.Header.Get("Sec-WebSocket-Accept") != accept {
		resp.Body.Close()
		return nil, fmt.Errorf("WebSocket handshake: answered %s", resp.Status)
	}
	return &Conn{rwc: rwc, r: bufio.NewReader(rwc)}, nil
}

// Read returns the next message. It answers pings and close frames; a close frame is a
// *CloseError. When ctx ends first, the connection is closed.
func (c *Conn) Read(ctx context.Context) (Kind, []byte, error) {
	defer context.AfterFunc(ctx, c.CloseNow)()
	c.reading.Lock()
	defer c.reading.Unlock()
	if c.end != nil {
		return 0, nil, c.end
	}
	kind, message, err := c.message()
	if err != nil {
		c.end = errors.Join(err, ctx.Err())
		return 0, nil, c.end
	}
	return kind, message, nil
}

// message needs reading.
func (c *Conn) message() (kind Kind, message []byte, err error) {
	for {
		first, payload, err := c.frame()
		if err != nil {
			return 0, nil, err
		}
		switch op := first & 0xf; {
		case op == opPing:
			err = c.write(opPong, payload)
		case op == opPong:
		case op == opClose:
			_ = c.write(opClose, payload) // the connection ends either way
			c.CloseNow()
			return 0, nil, closeError(payload)
		case first&0x70 != 0 || op > byte(Binary) || (op == 0) != (kind != 0):
			err = fmt.Errorf("frame %#x in a message of kind %d", first, kind)
		default:
			kind |= Kind(op)
			message = append(message, payload...)
			if first&0x80 != 0 {
				return kind, message, nil
			}
		}
		if err != nil {
			return 0, nil, err
		}
	}
}

// frame reads the first byte of a frame and its payload.
func (c *Conn) frame() (first byte, payload []byte, err error) {
	var head [8]byte
	if _, err := io.ReadFull(c.r, head[:2]); err != nil {
		return 0, nil, err
	}
	first = head[0]
	n := uint64(head[1])
	switch {
	case n > 127:
		return 0, nil, errors.New("a frame of the server is masked")
	case n == 126:
		_, err = io.ReadFull(c.r, head[:2])
		n = uint64(binary.BigEndian.Uint16(head[:]))
	case n == 127:
		_, err = io.ReadFull(c.r, head[:])
		n = binary.BigEndian.Uint64(head[:])
	}
	if err != nil {
		return 0, nil, err
	}
	payload = make([]byte, n)
	_, err = io.ReadFull(c.r, payload)
	return first, payload, err
}

func closeError(payload []byte) error {
	if len(payload) < 2 {
		return &CloseError{Code: NoStatus}
	}
	return &CloseError{int(binary.BigEndian.Uint16(payload)), string(payload[2:])}
}

// Write sends a message as one frame. When ctx ends first, the connection is closed.
func (c *Conn) Write(ctx context.Context, kind Kind, p []byte) error {
	defer context.AfterFunc(ctx, c.CloseNow)()
	if err := c.write(byte(kind), p); err != nil {
		return errors.Join(err, ctx.Err())
	}
	return nil
}

func (c *Conn) write(op byte, p []byte) error {
	frame := []byte{0x80 | op, 0x80}
	switch n := len(p); {
	case n < 126:
		frame[1] |= byte(n)
	case n < 1<<16:
		frame[1] |= 126
		frame = binary.BigEndian.AppendUint16(frame, uint16(n))
	default:
		frame[1] |= 127
		frame = binary.BigEndian.AppendUint64(frame, uint64(n))
	}
	mask := len(frame)
	frame = binary.BigEndian.AppendUint32(frame, rand.Uint32())
	start := len(frame)
	frame = append(frame, p...)
	for i := range p {
		frame[start+i] ^= frame[mask+i%4]
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	_, err := c.rwc.Write(frame)
	return err
}

// Close says goodbye and waits for the server's answer, for five seconds at most. Messages on
// the way are dropped, unless another goroutine reads them.
func (c *Conn) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := c.Write(ctx, opClose, binary.BigEndian.AppendUint16(nil, 1000)); err != nil {
		return err
	}
	var err error
	for err == nil {
		_, _, err = c.Read(ctx)
	}
	if end := (*CloseError)(nil); !errors.As(err, &end) {
		return err
	}
	return nil
}

// CloseNow drops the connection without a word. It may be called again.
func (c *Conn) CloseNow() { _ = c.rwc.Close() }
