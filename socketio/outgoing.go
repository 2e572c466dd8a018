package socketio

import (
	"fmt"
	"reflect"
	"slices"
	"sync/atomic"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/internal/jsonx"
	"github.com/madang-chat/madang/internal/packet"
)

// Outgoing is an event on its way to an Emitter, an Asker or OnAnyOutgoing.
type Outgoing struct {
	desc  *descriptor
	value any // with a plan

	name string // of Emit and Ask without a descriptor
	args []any
}

// Name is the name of the event.
func (o Outgoing) Name() string {
	if o.desc != nil {
		return o.desc.name
	}
	return o.name
}

// A descriptor is what Event and Call know about their type.
type descriptor struct {
	name   string
	quoted []byte // the name as JSON
	plan   *plan
	size   atomic.Int32 // of the last message: the guess for the next one's buffer
}

func newDescriptor(name string, t reflect.Type) *descriptor {
	mustName(name)
	return &descriptor{name: name, quoted: jsonx.AppendString(nil, name), plan: planFor(t)}
}

// A draft is a packet that may still get an offset behind its arguments.
type draft struct {
	buf         []byte
	attachments [][]byte
	codec       codec
}

func (d draft) size() int {
	n := len(d.buf)
	for _, a := range d.attachments {
		n += len(a)
	}
	return n
}

// message finishes the packet.
func (d draft) message(offset string) (*engineio.Message, error) {
	if offset != "" {
		d.buf = append(d.buf[:len(d.buf)-1], `,"`...)
		d.buf = append(append(d.buf, offset...), `"]`...)
	}
	return d.codec.message(d.buf, d.attachments)
}

// message encodes an event that asks, once for all its receivers.
func (o Outgoing) message(n *Namespace, id uint64) (*engineio.Message, error) {
	d, err := o.draft(n, id, true)
	if err != nil {
		return nil, err
	}
	m, err := d.message("")
	return m, o.failed(err)
}

// failed says which event an error is about.
func (o Outgoing) failed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("socketio: emit %q: %w", o.Name(), err)
}

// draft encodes an event for a namespace.
func (o Outgoing) draft(n *Namespace, id uint64, hasID bool) (draft, error) {
	return o.draftIn(nil, n, id, hasID)
}

// draftIn is draft in memory of a scratch, if there is one.
func (o Outgoing) draftIn(tmp *scratch, n *Namespace, id uint64, hasID bool) (d draft, err error) {
	if o.desc == nil {
		if err := checkEvent(o.name); err != nil {
			return d, fmt.Errorf("socketio: emit %q: %w", o.name, err)
		}
	}
	if d, err = o.packet(tmp, n, id, hasID); err != nil {
		return draft{}, fmt.Errorf("socketio: emit %q: %w", o.Name(), settle(err))
	}
	d.codec = n.server.codec
	n.observeEmitted(o.Name(), d.size()-engineio.Prefix)
	if n.seesOutgoing() {
		n.seeOutgoing(o)
	}
	return d, nil
}

// packet turns a panic of a value that writes its own form into an error, which says of which
// event.
func (o Outgoing) packet(tmp *scratch, n *Namespace, id uint64, hasID bool) (d draft, err error) {
	defer recovered(&err)
	if tmp != nil {
		return tmp.packet(packet.Event, n, id, hasID, o.appendArray)
	}
	if o.desc != nil && !o.desc.plan.binary {
		return o.text(n.name, id, hasID)
	}
	return encode(packet.Event, n, id, hasID, o.appendArray)
}

// seesOutgoing reports whether OnAnyOutgoing has a function to call.
func (n *Namespace) seesOutgoing() bool {
	parent, own := n.tables()
	return len(own.outgoing)+len(parent.outgoing) > 0
}

// seeOutgoing calls the functions of OnAnyOutgoing. They get a copy of the arguments, so that those
// of Emit stay off the heap.
func (n *Namespace) seeOutgoing(o Outgoing) {
	o.args = slices.Clone(o.args)
	ch := n.chain()
	for _, list := range [][]onOutgoing{ch.parent.outgoing, ch.own.outgoing} {
		for _, fn := range list {
			n.protect("OnAnyOutgoing", func() { fn(o) })
		}
	}
}

// text writes head and arguments into one buffer: no attachment can show up that the head would
// have to announce.
func (o Outgoing) text(nsp string, id uint64, hasID bool) (draft, error) {
	d := o.desc
	buf := make([]byte, engineio.Prefix, engineio.Prefix+max(int(d.size.Load()), 48+len(d.quoted)))
	buf = packet.AppendHead(buf, packet.Event, nsp, 0, id, hasID)
	buf, err := o.appendArray(buf, nil)
	if err != nil {
		return draft{}, err
	}
	if n := int32(len(buf) - engineio.Prefix); n != d.size.Load() {
		d.size.Store(n)
	}
	return draft{buf: buf}, nil
}

func (o Outgoing) appendArray(dst []byte, atts *[][]byte) ([]byte, error) {
	dst = append(dst, '[')
	var err error
	if o.desc != nil {
		dst = append(dst, o.desc.quoted...)
		dst, err = o.desc.plan.append(dst, o.value, atts)
	} else {
		dst = jsonx.AppendString(dst, o.name)
		for i, v := range o.args {
			if dst, err = appendValue(dst, v, atts); err != nil {
				err = fmt.Errorf("argument %d: %w", i+1, err)
				break
			}
		}
	}
	return append(dst, ']'), err
}

// Args encodes the arguments.
func (o Outgoing) Args() (a Args, err error) {
	if o.desc == nil {
		if err := checkEvent(o.name); err != nil {
			return a, fmt.Errorf("socketio: emit %q: %w", o.name, err)
		}
		if a, err = ArgsOf(o.args...); err != nil {
			err = fmt.Errorf("socketio: emit %q: %w", o.name, err)
		}
		return a, err
	}
	var buf []byte
	err = protect(func() (err error) {
		buf, err = o.desc.plan.append([]byte{'['}, o.value, &a.attachments)
		return err
	})
	if err != nil {
		return Args{}, fmt.Errorf("socketio: emit %q: %w", o.Name(), err)
	}
	a.raw = buf[1:]
	if err := a.checkWritten(); err != nil {
		return Args{}, fmt.Errorf("socketio: emit %q: %w", o.Name(), err)
	}
	return a, nil
}

// control encodes a packet whose payload, if any, is one JSON value. Where the parser can't, the
// connection has to end.
func (s *Server) control(t packet.Type, nsp string, payload []byte) (*engineio.Message, error) {
	buf := make([]byte, engineio.Prefix, engineio.Prefix+8+len(nsp)+len(payload))
	buf = packet.AppendHead(buf, t, nsp, 0, 0, false)
	m, err := s.codec.message(append(buf, payload...), nil)
	if err != nil {
		s.failed(s.ctx, "encode a packet", err, "packet", t.String(), "namespace", nsp)
	}
	return m, err
}
