package socketio

import (
	"bytes"
	"context"
	"net/url"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/internal/jsonx"
	"github.com/madang-chat/madang/internal/packet"
)

// auth is the JSON object that a CONNECT carries, copied. Protocol 4 has a query instead.
func (c *conn) auth(p *packet.Packet) []byte {
	if c.es.Protocol() == 4 {
		if len(p.Data) == 0 || string(p.Data) == "{}" {
			return nil
		}
		return bytes.Clone(p.Data)
	}
	query, _ := url.ParseQuery(p.Query)
	if len(query) == 0 {
		return nil
	}
	values := make(map[string]string, len(query))
	for k, v := range query {
		values[k] = v[len(v)-1]
	}
	auth, _ := jsonx.Append(nil, values) // strings always encode
	return auth
}

// connect lets a client into a namespace, or refuses it.
func (c *conn) connect(name string, auth []byte) {
	n := c.server.enter(name)
	parents := c.server.dynamic()
	if n == nil {
		if len(parents) == 0 {
			c.refuse(name, invalidNamespace)
			return
		}
		// The namespace is found or made by the socket's first job, as that calls the application.
		n = &Namespace{name: name, server: c.server}
	}
	s := &Socket{conn: c, ns: n, id: c.socketID(name), auth: auth}
	c.mu.Lock()
	if e := c.mayConnect(s); c.over || e != nil {
		over := c.over
		c.mu.Unlock()
		c.server.leave(n)
		if !over {
			c.refuse(name, e)
		}
		return
	}
	c.fixed += s.cost()
	c.sockets = append(c.sockets, s)
	c.returns(name)
	c.mu.Unlock()
	s.post(&job{kind: jobConnect})
}

// mayConnect says which limit one more socket would exceed. It needs mu.
func (c *conn) mayConnect(s *Socket) *Error {
	switch {
	case len(c.sockets) >= c.server.opts.MaxNamespaces:
		return tooManyNamespaces
	case !c.holds(s.cost()):
		return connectionTooLarge
	}
	return nil
}

func (c *conn) socketID(name string) string {
	switch {
	case c.es.Protocol() == 4:
		return newID()
	case name == "/":
		return c.es.ID()
	}
	return name + "#" + c.es.ID()
}

// runConnect lets the socket in and tells OnConnect.
func (s *Socket) runConnect() {
	ch := s.letIn()
	if ch == nil {
		return
	}
	s.observeConnected()
	ctx := s.conn.handling()
	defer ctx.end()
	for _, list := range [][]middleware{ch.parent.connect, ch.own.connect} {
		for _, connected := range list {
			if err := protect(func() error { return connected(ctx, s) }); err != nil {
				s.report(ctx, "connect", err)
				s.Disconnect()
				return
			}
		}
	}
	s.conn.mu.Lock()
	s.inbox.open = true
	s.conn.mu.Unlock()
}

// letIn finds the namespace, asks its middleware and joins. It returns nil for a socket that stays
// outside. Nobody needs an answer of the middleware for a client that has left, so its context ends
// with the socket.
func (s *Socket) letIn() *chain {
	ctx := &handling{origin: &origin{s.conn.server, s.Context()}}
	defer ctx.end()
	if s.ns.unknown() {
		if e := s.findNamespace(ctx); e != nil {
			s.end(ReasonForcedClose)
			s.conn.refuse(s.ns.name, e)
			return nil
		}
	}
	s.ns.announce()
	s.resume()
	ch := s.ns.chain()
	middlewares := [][]middleware{ch.parent.use, ch.own.use}
	if s.Recovery() == RecoveryFull && !s.conn.server.opts.Recovery.RunMiddlewareOnRecovery {
		middlewares = nil
	}
	if !s.admit(ctx, middlewares) {
		return nil
	}
	return ch
}

// findNamespace asks the parents for a name that isn't known yet.
func (s *Socket) findNamespace(ctx context.Context) *Error {
	srv, name := s.conn.server, s.ns.name
	n := srv.enter(name)
	if n == nil {
		for _, p := range srv.dynamic() {
			ok := false
			err := guard(func() { ok = p.match(ctx, name, s.Handshake()) })
			if err != nil {
				s.report(ctx, "connect", err)
			}
			if ok {
				if n = srv.enterDynamic(p, name); n == nil {
					return tooManyNamespaces
				}
				break
			}
		}
	}
	if n == nil {
		return invalidNamespace
	}
	s.conn.mu.Lock()
	gone := s.state() == ended
	if !gone {
		s.ns = n
	}
	s.conn.mu.Unlock()
	if gone {
		srv.leave(n)
		return tooManyNamespaces // nobody is left to be told
	}
	return nil
}

// admit asks the middleware and joins.
func (s *Socket) admit(ctx context.Context, middlewares [][]middleware) (joined bool) {
	var refusal *Error
	defer func() {
		if refusal != nil { // behind abandon: the client may try again at once
			s.refuse(refusal)
		}
	}()
	if s.session != nil {
		defer func() {
			if !joined {
				s.abandon()
			}
		}()
	}
	for _, list := range middlewares {
		for _, use := range list {
			err := protect(func() error { return use(ctx, s) })
			if s.state() == ended || s.conn.expired() {
				return false
			}
			if err != nil {
				if hidden(err) {
					s.report(ctx, "connect", err)
				}
				s.end(ReasonForcedClose)
				refusal = public(err)
				return false
			}
		}
	}
	s.settleRooms()
	answer, err := s.greeting()
	if err != nil || !s.join(answer) {
		s.unsettle()
		s.conn.close()
		return false
	}
	return true
}

// join brings back what a session lost and connects the socket.
func (s *Socket) join(answer *engineio.Message) bool {
	if s.session == nil {
		return s.enter(answer)
	}
	if q := s.ns.sequence; q != nil {
		return q.join(s, answer)
	}
	h := s.ns.history
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.admit(s) || !s.enter(answer) {
		return false
	}
	h.settle(s)
	return true
}

// greeting is the answer to CONNECT.
func (s *Socket) greeting() (*engineio.Message, error) {
	c := s.conn
	var payload []byte
	if c.es.Protocol() == 4 {
		payload = jsonx.AppendString([]byte(`{"sid":`), s.id)
		if s.session != nil {
			payload = jsonx.AppendString(append(payload, `,"pid":`...), s.session.pid)
		}
		payload = append(payload, '}')
	}
	return c.server.control(packet.Connect, s.ns.name, payload)
}

// enter answers CONNECT: from here on the socket is listed, and must be told to OnDisconnect.
func (s *Socket) enter(answer *engineio.Message) bool {
	c := s.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.state() == ended || c.over {
		return false
	}
	s.phase.Store(joining)
	if !s.ns.add(s, answer) {
		s.phase.Store(connecting)
		return false // the engine is about to tell Closed
	}
	s.phase.Store(joined)
	s.listed, s.inbox.announced = true, true
	c.open++
	c.arrived()
	return true
}

// arrived is called when a connection has joined a namespace, or has ended. It needs mu.
func (c *conn) arrived() {
	c.es.Established()
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
	}
}

var (
	invalidNamespace   = &Error{Message: "Invalid namespace"}
	tooManyNamespaces  = &Error{Message: "Too many namespaces"}
	authTooLarge       = &Error{Message: "Auth too large"}
	connectionTooLarge = &Error{Message: "Connection too large"} // beyond Options.MaxMemory
)

// refuse answers the CONNECT. To a client that has sent another one meanwhile, perhaps with another
// auth, it would be the answer to both: that client begins anew, with the connection.
func (s *Socket) refuse(e *Error) {
	s.conn.mu.Lock()
	again := s.again
	s.conn.mu.Unlock()
	if again {
		s.conn.close()
		return
	}
	s.conn.refuse(s.ns.name, e)
}

// refuse sends a CONNECT_ERROR. Clients of protocol 4 get a middleware's data or text alone, and
// "Invalid namespace" in the new form.
func (c *conn) refuse(name string, e *Error) {
	var body any = struct {
		Message string `json:"message"`
		Data    any    `json:"data,omitempty"`
	}{e.Message, e.Data}
	if c.es.Protocol() == 3 && e != invalidNamespace && e != tooManyNamespaces {
		body = e.Message
		if e.Data != nil {
			body = e.Data
		}
	}
	if e == invalidNamespace {
		c.server.adviseNamespace(name)
	}
	var payload []byte
	err := protect(func() (err error) { payload, err = jsonx.Append(nil, body); return err })
	if err != nil {
		c.server.failed(c.server.ctx, "encode the data of a refusal", err, "namespace", name)
		payload, _ = jsonx.Append(nil, map[string]string{"message": e.Message})
	}
	m, err := c.server.control(packet.ConnectError, name, payload)
	if err != nil {
		c.close()
		return
	}
	_ = c.es.Send(m, 0) // fails only when the connection is over anyway
}
