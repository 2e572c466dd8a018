package socketio

import (
	"bytes"
	"fmt"
	"slices"
	"sync"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/internal/jsonx"
	"github.com/madang-chat/madang/internal/packet"
)

// A scratch is what a packet is encoded in before anybody knows how long it gets. The array is
// first, with room for the head in front of it, which announces how many attachments it has.
type scratch struct {
	buf, head   []byte
	attachments [][]byte
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

const (
	// headRoom is enough for all of a head but the namespace: type, attachments, id, and signs.
	headRoom = engineio.Prefix + 40
	// maxScratch is the largest buffer that goes back to the pool.
	maxScratch = 64 << 10
)

// packet encodes a packet whose text is valid until the next one.
func (tmp *scratch) packet(t packet.Type, n *Namespace, id uint64, hasID bool, array func([]byte, *[][]byte) ([]byte, error)) (draft, error) {
	room := headRoom + len(n.name)
	tmp.attachments = nil
	body, err := array(slices.Grow(tmp.buf[:0], room+64)[:room], &tmp.attachments)
	atts := tmp.attachments
	if tmp.attachments = nil; cap(body) <= maxScratch {
		tmp.buf = body
	}
	if err == nil && len(atts) > 0 {
		// What a client sent may look like a placeholder: the receivers would take it for a broken
		// packet and disconnect, or get bytes that aren't meant there.
		err = jsonx.CheckWritten(body[room:], len(atts))
		if most := n.server.opts.maxEmitted(); len(atts) > most && err == nil {
			err = fmt.Errorf("%w: %d, at most %d", ErrTooManyAttachments, len(atts), most)
		}
	}
	if err != nil {
		return draft{}, err
	}
	tmp.head = packet.AppendHead(tmp.head[:0], t, n.name, len(atts), id, hasID)
	start := room - len(tmp.head)
	copy(body[start:], tmp.head)
	return draft{buf: body[start-engineio.Prefix:], attachments: atts, codec: n.server.codec}, nil
}

// offsetRoom is what an offset behind the arguments needs.
const offsetRoom = 32

// encode encodes a packet into memory of its own.
func encode(t packet.Type, n *Namespace, id uint64, hasID bool, array func([]byte, *[][]byte) ([]byte, error)) (draft, error) {
	tmp := scratches.Get().(*scratch)
	defer scratches.Put(tmp)
	d, err := tmp.packet(t, n, id, hasID, array)
	if err == nil {
		d.buf = append(make([]byte, 0, len(d.buf)+offsetRoom), d.buf...)
	}
	return d, err
}

// A note is a packet for one socket: a message, or what is in memory of a scratch and copied when
// it is sent.
type note struct {
	message     *engineio.Message
	text        []byte
	attachments [][]byte
}

// note makes one of a draft in memory of a scratch.
func (d draft) note() (p note, err error) {
	if _, ok := d.codec.(jsonParser); ok {
		return note{text: d.buf, attachments: d.attachments}, nil
	}
	d.buf = bytes.Clone(d.buf)
	p.message, err = d.message("")
	return p, err
}

// own is the packet as a message with memory of its own.
func (p note) own() *engineio.Message {
	if p.message != nil {
		return p.message
	}
	return engineio.NewMessage(bytes.Clone(p.text), p.attachments...)
}

func (p note) send(es *engineio.Socket, f engineio.Flags) error {
	if p.message != nil {
		return es.Send(p.message, f)
	}
	return es.SendPacket(p.text, p.attachments, f)
}
