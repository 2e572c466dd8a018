package socketio

import (
	"bytes"
	"net/url"

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

var (
	invalidNamespace   = &Error{Message: "Invalid namespace"}
	tooManyNamespaces  = &Error{Message: "Too many namespaces"}
	authTooLarge       = &Error{Message: "Auth too large"}
	connectionTooLarge = &Error{Message: "Connection too large"} // beyond Options.MaxMemory
)

// refuse sends a CONNECT_ERROR. Clients of protocol 4 get a middleware's data or text alone, and "Invalid namespace" in the new form.
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
