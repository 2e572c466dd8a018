package socketio

import (
	"errors"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/internal/advice"
	"github.com/madang-chat/madang/internal/packet"
)

// advise tells the developer of a mistake, seldom enough for any log. The key is a constant. All
// advice stands here.
func (s *Server) advise(key, msg string, args ...any) {
	s.advice.Warn(s.opts.Logger, key, msg, args...)
}

// adviseBroken speaks of a packet that can't be read: most of the time the other end has another
// parser.
func (c *conn) adviseBroken(data []byte, binary bool, err error) {
	switch {
	case binary && errors.Is(err, packet.ErrBinary) && looksPacked(data):
		c.server.advise("parser", "socketio: a client sends its packets as msgpack, but this server speaks JSON: set Options.Parser to "+
			"ParserMsgpack, or take the option parser away from the client")
	case errors.Is(err, errText) && len(data) > 0 && data[0] >= '0' && data[0] <= '6':
		c.server.advise("parser", "socketio: a client sends its packets as JSON, but this server speaks msgpack: give the client the option parser "+
			"with socket.io-msgpack-parser, or set Options.Parser to ParserJSON")
	case !c.inNamespace():
		c.server.advise("packet", "socketio: a client was disconnected for a broken packet, before it joined a namespace: "+
			"does it speak Socket.IO?", "error", err)
	}
}

// looksPacked reports whether data begins like a packet of msgpack, with a map that has the key of
// its type or another short one.
func looksPacked(data []byte) bool {
	return len(data) > 2 && (data[0]&0xf0 == 0x80 && data[1]&0xe0 == 0xa0 || data[0] == 0xde || data[0] == 0xdf)
}

// adviseSilence speaks of a connection that has joined nothing in time. A page that was left while
// it polled is no mistake.
func (c *conn) adviseSilence() {
	if c.es.Transport() == engineio.WebSocket {
		c.server.advise("silence", "socketio: a connection ended because it joined no namespace within ConnectTimeout: is its client one of plain "+
			"WebSocket or Engine.IO?", "timeout", c.server.opts.ConnectTimeout)
	}
}

// adviseStray speaks of a packet that doesn't fit the state of its namespace: a second CONNECT, or
// another one before it.
func (c *conn) adviseStray(p *packet.Packet) {
	if p.Type == packet.Connect {
		c.server.advise("twice", "socketio: a client was disconnected because it asked for a namespace that it is in already",
			"namespace", advice.Short(p.Namespace))
		return
	}
	c.server.advise("state", "socketio: a client was disconnected for a packet to a namespace that it isn't in: it has to join with a "+
		"CONNECT and wait for the answer", "packet", p.Type.String(), "namespace", advice.Short(p.Namespace))
}

// adviseNamespace speaks of a client that asked for what isn't there.
func (s *Server) adviseNamespace(name string) {
	s.advise("namespace", "socketio: a client asked for a namespace that doesn't exist: make it with Of, OfFunc or OfRegexp",
		"namespace", advice.Short(name))
}

// adviseEvent speaks of an event that nobody handles.
func (n *Namespace) adviseEvent(event string) {
	n.server.advise("event", "socketio: an event came that nobody handles: give it a handler, or take it with OnAny",
		"event", advice.Short(event), "namespace", advice.Short(n.name))
}

// adviseMessage speaks of a message of another server, or of something else, that is none.
func (s *Server) adviseMessage(m *BusMessage, err error) {
	s.advise("message", "socketio: a message on the bus was skipped, because it can't be what a server sends: "+
		"does another program use the same names there?", "server", advice.Short(m.From), "namespace", advice.Short(m.Namespace), "error", brief(err))
}

// adviseKind speaks of a message that this version doesn't know.
func (s *Server) adviseKind(m *BusMessage) {
	if m.Kind == 0 && m.Failure != "" {
		s.adviseMessage(m, errors.New(m.Failure))
		return
	}
	s.advise("kind", "socketio: another server sends messages of a kind that this one doesn't know: is it of another version?",
		"server", advice.Short(m.From), "kind", m.Kind)
}

// adviseServerRequests speaks of handlers that are too slow for the other servers.
func (n *Namespace) adviseServerRequests() {
	n.server.advise("server requests", "socketio: requests of other servers were refused, because too many are at work: "+
		"is a handler of OnServerEvent too slow? See Options.MaxServerRequests", "namespace", advice.Short(n.name))
}

// adviseRooms speaks of functions that are too slow.
func (n *Namespace) adviseRooms() {
	n.server.advise("rooms", "socketio: OnRoom is too slow: events of rooms were dropped, which RoomsLost tells: do elsewhere what takes long",
		"namespace", n.name)
}

// adviseLate speaks of a Bus that doesn't do what it has to.
func (n *Namespace) adviseLate(events int) {
	n.server.advise("late", "socketio: events didn't come back from the log in time: only the clients of this server got them for sure, "+
		"and those who break off now may have to begin anew", "events", events, "namespace", advice.Short(n.name))
}

// adviseStore speaks of a log or a store that is away: clients begin anew.
func (n *Namespace) adviseStore(doing string, err error) {
	n.server.advise("store", "socketio: a client may have to begin anew, although it could be recovered", "doing", doing,
		"namespace", advice.Short(n.name), "error", err)
}
