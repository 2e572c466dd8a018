package pgbus

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/adapter"
	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// A keptEnvelope is one of an event in the log.
type keptEnvelope struct {
	adapter.Envelope
	offset int64
}

// Read implements cluster.Line.
func (l *line) Read(a cluster.Arrival) (*socketio.BusMessage, error) {
	var e adapter.Envelope
	offset := ""
	switch v := a.Value.(type) {
	case keptEnvelope:
		e, offset = v.Envelope, strconv.FormatInt(v.offset, 10)
	case error:
		return nil, v
	case adapter.Envelope:
		e = v
	default:
		return nil, errors.New("what ours say to one of ours")
	}
	ours := a.Channel == l.questionsOfOurs()
	m, asked, err := e.Read()
	if err != nil || m == nil {
		return nil, err
	}
	m.Offset, m.Number = offset, 0
	question := m.Request != "" && asked == nil && !e.Type.Answers()
	if question != ours || !ours && !l.bus.Has(e.NSP) {
		return nil, nil // it comes on the other channel, too
	}
	if asked == nil {
		ok, follow := l.early.pass(m, time.Now())
		for _, held := range follow {
			l.bus.Made(held)
		}
		if !ok {
			m = nil
		}
		return m, nil
	}
	var ok bool
	if m.Request, ok = l.questions.Add(*asked, m.Timeout, m.Kind == socketio.BusEmit); !ok {
		return nil, fmt.Errorf("a question of %.40q, while too many others wait", asked.UID)
	}
	return m, nil
}

// sort makes an envelope of what came on a channel. It is nil for what this server needn't read.
func (l *line) sort(namespace string, payload []byte) (*adapter.Envelope, error) {
	e, err := adapter.Open(payload)
	switch {
	case err != nil:
		return nil, err
	case e.UID == l.bus.Server().Name, e.Type.Answers() && !l.bus.Awaits():
		return nil, nil
	}
	if e.NSP == "" {
		e.NSP = namespace // the official emitter doesn't say it
	}
	if namespace != "" && e.NSP != namespace {
		return nil, fmt.Errorf("a message for %.40q", e.NSP)
	}
	return &e, nil
}
