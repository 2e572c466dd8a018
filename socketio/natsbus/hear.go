package natsbus

import (
	"errors"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// Read implements cluster.Line.
func (l *line) Read(a cluster.Arrival) (*socketio.BusMessage, error) {
	run, rest, err := split(a.Payload)
	if err != nil {
		return nil, err
	}
	if rest[0] == '+' {
		whole, err := l.pieces.add(run, rest[1:])
		if err != nil || whole == nil {
			return nil, err
		}
		of, inside, err := split(whole)
		if err != nil || of != run || inside[0] == '+' {
			return nil, errors.New("pieces of no message")
		}
		rest = inside
	}
	m, err := decode(rest)
	if err != nil {
		return nil, err
	}
	if m.Kind == socketio.BusJoin && l.log == nil {
		l.joins.note(roomsOf(m))
	}
	m.Offset = ""
	n, ok := a.Value.(uint64)
	if at, missed := a.Value.(missedAt); missed {
		if m.Latest {
			return nil, nil // newer ones may have come
		}
		n, ok = uint64(at), true
	}
	if ok && l.log != nil {
		l.log.hear()
	}
	if ok && kept(m) {
		m.Offset = l.log.offset(n)
	}
	if run == l.runOf() {
		return l.log.comeBack(m), nil
	}
	return m, nil
}
