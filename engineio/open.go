package engineio

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// begin handles a request that wants a new session.
func (s *Server) begin(w http.ResponseWriter, r *http.Request, query query, upgrade bool) {
	if s.leaving.Load() {
		s.refuse(w, r, upgrade, shuttingDown())
		return
	}
	// What can't become a session takes nobody's place.
	if e := verify(r, query.transport, upgrade); e != nil {
		s.refuse(w, r, upgrade, e)
		return
	}
	address := s.address(r)
	place, e := s.enter(r, address)
	if e != nil {
		s.refuse(w, r, upgrade, e)
		return
	}
	opened := false
	defer func() {
		if !opened {
			s.pending.exit(place)
		}
	}()
	protocol := uint8(3)
	if query.eio == "4" {
		protocol = 4
	}
	if e := s.admit(r, protocol); e != nil {
		s.refuse(w, r, upgrade, e)
		return
	}
	handshake := s.newHandshake(r, address)
	if handshake.Size() > s.opts.MaxHandshake {
		s.refuse(w, r, upgrade, refusal(BadRequest, "HANDSHAKE_TOO_LARGE"))
		return
	}
	id, err := s.newID(r)
	if err != nil {
		s.refuse(w, r, upgrade, badID(err))
		return
	}
	socket := &Socket{
		server: s, id: id, protocol: protocol, base64: query.b64 != "", handshake: handshake,
	}
	socket.waiting.Store(place)
	if socket.ctx, e = s.connContext(r); e != nil {
		s.refuse(w, r, upgrade, e)
		return
	}
	defer func() {
		if !opened {
			socket.Finish()
		}
	}()
	opened = s.handshake(w, r, socket, upgrade)
}

func verify(r *http.Request, transport string, upgrade bool) *ConnectionError {
	if r.Method != http.MethodGet {
		return refusal(BadHandshakeMethod, "")
	}
	if upgrade != (transport == WebSocket) {
		return refusal(BadRequest, "TRANSPORT_HANDSHAKE_ERROR")
	}
	return nil
}

func (s *Server) admit(r *http.Request, protocol uint8) *ConnectionError {
	if s.opts.AllowRequest != nil {
		if err := s.settle("AllowRequest", s.opts.AllowRequest(r)); err != nil {
			return s.forbidden(err)
		}
	}
	if protocol == 3 && !s.opts.AllowEIO3 {
		return refusal(UnsupportedProtocolVersion, "")
	}
	return nil
}

// handshake opens a session and reports whether that worked.
func (s *Server) handshake(w http.ResponseWriter, r *http.Request, socket *Socket, upgrade bool) bool {
	s.openingHeaders(w.Header(), r, socket, upgrade)
	var (
		conn  *wsConn
		first []byte
	)
	if upgrade {
		var ok bool
		if conn, first, ok = s.accept(w, r); !ok {
			return false
		}
		conn.socket, conn.base64 = socket, socket.base64
		socket.ws = conn
	}
	socket.queue.Push(&queued, item{m: s.openPacket(socket)}, 0, 0)
	if s.opts.InitialPacket != "" {
		socket.Send(Text(s.opts.InitialPacket), Corked)
	}
	socket.receiving = true
	e := s.register(socket)
	if e == nil {
		e = s.openReceiver(socket)
	}
	if e != nil {
		if !upgrade {
			s.refuse(w, r, false, e)
			return false
		}
		conn.conn.Close()
		s.tell(e, r)
		return false
	}
	socket.mu.Lock()
	if socket.state.Load() == stateOpen {
		socket.startBeat()
	}
	socket.mu.Unlock()
	socket.follow()
	socket.done()
	if w := socket.waiting.Load(); w != nil {
		s.pending.list(w, socket)
	}
	if upgrade {
		socket.Flush()
		conn.conn.Start(conn, first)
	} else {
		socket.serveGet(w, r)
	}
	return true
}

// openReceiver asks the application who receives the messages. Nothing is left of the session when
// that fails: nobody could be told.
func (s *Server) openReceiver(socket *Socket) (e *ConnectionError) {
	opened := false
	defer func() {
		if v := recover(); v != nil {
			e = broken(s.blame("the function that opens sessions", v))
		}
		if !opened { // also after runtime.Goexit
			socket.Discard()
			s.forget(socket)
			if socket.ws != nil {
				socket.ws.conn.Close()
			}
		}
	}()
	socket.receiver = s.open(socket)
	opened = true
	return nil
}

func (s *Server) openingHeaders(h http.Header, r *http.Request, socket *Socket, upgrade bool) {
	if s.opts.Cookie != nil {
		c := *s.opts.Cookie
		c.Value = socket.id
		h.Add("Set-Cookie", c.String())
	}
	if s.opts.InitialHeaders != nil {
		s.opts.InitialHeaders(h, r)
	}
	if upgrade && s.opts.Headers != nil {
		s.opts.Headers(h, r)
	}
}

// openPacket is the first packet of a session (docs/engine.io-protocol, "Handshake").
func (s *Server) openPacket(socket *Socket) *Message {
	data, _ := json.Marshal(struct {
		SID          string   `json:"sid"`
		Upgrades     []string `json:"upgrades"`
		PingInterval int64    `json:"pingInterval"`
		PingTimeout  int64    `json:"pingTimeout"`
		MaxPayload   int64    `json:"maxPayload"`
	}{
		socket.id, s.opts.upgrades(socket.transport()),
		s.opts.PingInterval.Milliseconds(), s.opts.PingTimeout.Milliseconds(), s.opts.MaxPayload,
	})
	return control(string(typeOpen) + string(data))
}

func (s *Server) register(socket *Socket) *ConnectionError {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return shuttingDown()
	}
	if s.sessions[socket.id] != nil {
		return badID(fmt.Errorf("engineio: the generated id %q is in use", socket.id))
	}
	s.sessions[socket.id] = socket
	s.thrift.session()
	return nil
}
