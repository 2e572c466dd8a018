package adapter

import "github.com/madang-chat/madang/socketio"

// Answer says in Node's words what the own server, uid, answers: it is for the server q.UID. It is
// nil where Node's servers say nothing, either: of handlers that there aren't and of clients that
// don't answer.
func (q Question) Answer(m *socketio.BusMessage, uid string) (*Message, error) {
	out := &Message{UID: uid, NSP: q.NSP}
	c := content{RequestID: q.RequestID}
	var err error
	switch {
	case m.Kind == socketio.BusCount && q.Type == TypeEmit:
		count := float64(m.Count)
		out.Type, c.ClientCount = TypeCount, &count
	case m.Failure != "":
		return nil, nil
	case m.Kind == socketio.BusSockets && q.Type == TypeFetch:
		out.Type = TypeSockets
		c.Sockets, err = NodeSockets(m.Sockets, &out.attachments)
	case m.Kind == socketio.BusServerAnswer && q.Type == TypeServerEmit:
		out.Type = TypeServerReply
		c.Packet, out.attachments, err = First(m.Args)
	case m.Kind == socketio.BusAck && q.Type == TypeEmit:
		out.Type = TypeAck
		c.Packet, out.attachments, err = First(m.Args)
	default:
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out.data = c.append(nil)
	return out, nil
}
