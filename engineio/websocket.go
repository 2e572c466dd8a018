package engineio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/madang-chat/madang/internal/poll"
	"github.com/madang-chat/madang/internal/ws"
)

// lingerTimeout is how long a closed WebSocket may take to answer the close frame.
const lingerTimeout = 2 * time.Second

// A wsConn is one WebSocket: the transport of its socket, or on the way to become it.
type wsConn struct {
	socket  *Socket
	conn    poll.Conn
	decoder ws.Decoder
	upgrade *upgrade      // not nil while probing; only the reading goroutine changes it
	over    bool          // the rest of the input is ignored; only the reading goroutine changes it
	base64  bool          // the client can't take binary frames
	code    atomic.Uint32 // close code for the client, 0: none; and hasParted
}

// hasParted is set in wsConn.code when the client has sent its close frame, the last of its bytes.
const hasParted = 1 << 16

func (c *wsConn) parted() bool { return c.code.Load()&hasParted != 0 }

// accept answers an upgrade request with 101 and takes the connection over, or refuses it.
func (s *Server) accept(w http.ResponseWriter, r *http.Request) (conn *wsConn, first []byte, ok bool) {
	deflate, err := s.answerUpgrade(w.Header(), r)
	if err != nil {
		s.refuse(w, r, true, refusal(BadRequest, "TRANSPORT_HANDSHAKE_ERROR").because(err))
		return nil, nil, false
	}
	t, ok := s.hijack(w, r)
	if !ok {
		return nil, nil, false
	}
	conn = new(wsConn)
	conn.decoder.Deflate = deflate
	conn.decoder.Limit = s.opts.MaxPayload
	if deflate {
		// A few kilobytes may inflate to megabytes of messages: that must hold up nobody else, and
		// stop at a pause.
		conn.conn = s.poller.Parked(t.conn)
	} else {
		conn.conn = s.poller.Conn(t.conn)
	}
	if len(t.head) > 0 {
		// Not held back for the packet that follows: a client that looks for it only once the
		// connection is open finds it when both don't come at once.
		if err := conn.conn.WriteSoon(t.head); err != nil {
			conn.conn.Close()
			s.tell(refusal(BadRequest, "TRANSPORT_HANDSHAKE_ERROR").because(err), r)
			return nil, nil, false
		}
	}
	return conn, t.first, true
}

// answerUpgrade sets the headers of the answer. It reports whether messages are compressed.
func (s *Server) answerUpgrade(h http.Header, r *http.Request) (deflate bool, err error) {
	key, err := ws.CheckUpgrade(r)
	if err != nil {
		return false, err
	}
	protocol, err := ws.FirstProtocol(r.Header)
	if err != nil {
		return false, err
	}
	// Header.Set makes a slice for each.
	values := []string{"websocket", "Upgrade", ws.AcceptKey(key)}
	h["Upgrade"], h["Connection"], h["Sec-Websocket-Accept"] = values[0:1:1], values[1:2:2], values[2:]
	if protocol != "" && h.Get("Sec-WebSocket-Protocol") == "" {
		// The application has chosen none.
		h.Set("Sec-WebSocket-Protocol", protocol)
	}
	if s.opts.PerMessageDeflate {
		if answer, ok := ws.NegotiateDeflate(r.Header); ok {
			h.Set("Sec-WebSocket-Extensions", answer)
			return true, nil
		}
	}
	return false, nil
}

// Data is called by package poll with what has arrived.
func (c *wsConn) Data(p []byte) {
	if c.over {
		return
	}
	if c.upgrade == nil && !c.socket.begin() {
		c.over = true
		return
	}
	err := errGoexit
	defer func() {
		if err != nil && !c.over {
			c.fail(err)
		}
		if c.upgrade == nil { // also one that has just completed, which has claimed the receiver
			c.socket.done()
		}
	}()
	err = c.decoder.Feed(p, c)
}

// errGoexit ends a session in which the goroutine that reads was left, as a test does that fails in
// an Observer.
var errGoexit = errors.New("engineio: a function of the application has called runtime.Goexit")

// fail ends the WebSocket with the close code of a protocol fault.
func (c *wsConn) fail(err error) {
	c.over = true
	if fault := (*ws.Error)(nil); errors.As(err, &fault) {
		c.code.Store(uint32(fault.Code))
		if fault.Code == ws.CodeTooBig {
			err = fmt.Errorf("%w: %w", ErrTooLarge, err)
		}
	}
	if c.upgrade != nil {
		c.upgrade.fail()
	} else {
		c.socket.end(ReasonTransportError, err)
	}
}

// errOver stops the decoder when the input no longer matters.
var errOver = errors.New("engineio: connection is over")

// Message is called by the frame decoder.
func (c *wsConn) Message(p []byte, binary bool) error {
	if c.upgrade != nil {
		if err := c.upgrade.message(p, binary); err != nil {
			return err
		}
	} else if !c.socket.frame(p, binary) {
		c.over = true
	}
	if c.over {
		return errOver
	}
	return nil
}

// frame handles one frame of the client. It reports whether the session goes on.
func (s *Socket) frame(p []byte, binary bool) bool {
	switch {
	case !binary:
		return s.packet(p)
	case s.protocol == 4:
		return s.message(p, true)
	case len(p) == 0 || p[0] > typeNoop-'0':
		return s.malformed(badPacket(p))
	case p[0] == typeMessage-'0':
		return s.message(p[1:], true)
	}
	return true
}

// packet handles one text packet: a type and data. It reports whether the session goes on.
func (s *Socket) packet(p []byte) bool {
	if len(p) > 0 && p[0] == typeBase64 {
		return s.base64Packet(p[1:])
	}
	if len(p) == 0 || p[0] < typeOpen || p[0] > typeNoop {
		return s.malformed(badPacket(p))
	}
	switch kind := p[0]; kind {
	case typeMessage:
		return s.message(p[1:], false)
	case typeClose:
		s.awaitGet()
		s.mu.Lock()
		s.endLocked(closing{reason: ReasonTransportClose}, false, noopPacket)
		return false
	default:
		if s.heard(kind) {
			s.end(ReasonTransportError, errors.New("invalid heartbeat direction"))
			return false
		}
		return true
	}
}

func (s *Socket) message(p []byte, binary bool) bool {
	if s.state.Load() != stateOpen {
		return false
	}
	s.heard(typeMessage)
	s.receive(p, binary)
	return s.state.Load() == stateOpen
}

func (s *Socket) receive(p []byte, binary bool) {
	defer func() {
		if v := recover(); v != nil {
			s.end(ReasonTransportError, s.server.blame("Receiver.Message", v))
		}
	}()
	s.receiver.Message(p, binary)
}

// Control is called by the frame decoder.
func (c *wsConn) Control(op ws.Opcode, p []byte) error {
	switch op {
	case ws.Ping:
		c.pong(p)
	case ws.Close:
		c.over = true
		code := uint32(hasParted)
		if len(p) >= 2 {
			code |= uint32(binary.BigEndian.Uint16(p))
		}
		c.code.Store(code)
		if c.upgrade != nil {
			c.upgrade.fail()
		} else {
			c.socket.end(ReasonTransportClose, nil)
		}
	}
	return nil
}

// pong answers a ping frame in the order of the queue.
func (c *wsConn) pong(p []byte) {
	m := &Message{buf: ws.AppendFrame(nil, ws.Pong, p)}
	m.size = len(m.buf) + messageCost
	if c.upgrade != nil {
		c.upgrade.write(m.buf)
		return
	}
	c.socket.Send(m, NoCompress)
}

// Closed is called by package poll when nothing more can be read.
func (c *wsConn) Closed(err error) {
	defer c.conn.Close() // also when the application calls runtime.Goexit
	switch {
	case c.upgrade != nil:
		c.upgrade.fail()
	case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed):
		c.socket.end(ReasonTransportClose, nil)
	default:
		c.socket.end(ReasonTransportError, err)
	}
}

// end closes the WebSocket with a close frame, when nobody is in the middle of another frame.
func (c *wsConn) end(idle bool) {
	if !idle {
		c.conn.Close()
		return
	}
	frame := c.closeFrame()
	n, err := 0, error(nil)
	if c.parted() {
		n, err = c.conn.TryWriteAhead(frame)
	} else {
		n, err = c.conn.TryWrite(frame)
	}
	if err == poll.ErrWouldBlock && n == 0 {
		// A peer that doesn't read must not hold up whoever ends its session: that may be the timer
		// of all.
		go func() { c.finish(c.conn.WriteSoon(frame)) }()
		return
	}
	c.finish(err)
}

func (c *wsConn) closeFrame() []byte {
	return ws.AppendClose(nil, int(uint16(c.code.Load())), "")
}

// finish closes the connection: at once when the close frame couldn't be written, and when it is
// the answer to the client's, behind which nothing can come.
func (c *wsConn) finish(err error) {
	if err != nil || c.parted() {
		c.conn.Close()
		return
	}
	c.conn.Finish(lingerTimeout)
}
