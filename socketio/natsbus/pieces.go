package natsbus

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A message that is larger than what NATS takes goes in pieces, one behind the other: behind the
// preamble stand "+", the number of the message among those that the sender cut, where the piece
// begins, and how long the whole is.

// pieceRoom is what a piece has beside its bytes, at most.
const pieceRoom = preamble + 80

// cut calls send for all pieces of a payload.
func cut(payload []byte, run string, number uint64, most int, send func([]byte) error) error {
	most -= pieceRoom
	if most <= 0 {
		return errors.New("the server takes no messages of any use")
	}
	for from := 0; from < len(payload); from += most {
		part := payload[from:min(from+most, len(payload))]
		piece := make([]byte, 0, len(part)+pieceRoom)
		piece = append(append(piece, version), run...)
		piece = fmt.Appendf(piece, "+%d %d %d\n", number, from, len(payload))
		if err := send(append(piece, part...)); err != nil {
			return err
		}
	}
	return nil
}

// pieces puts together what came in pieces. It is used by one goroutine.
type pieces struct {
	most int // bytes of one message
	held int // bytes of all that have begun, as announced
	of   map[string]*whole
}

// A whole is a message of which pieces have come.
type whole struct {
	number uint64
	all    int // bytes, as announced
	data   []byte
	began  time.Time
}

const (
	mostHeld  = 8           // messages of most bytes
	pieceTime = time.Minute // a sender that has said nothing for so long is gone
)

var errPieces = errors.New("too many messages in pieces at once")

// add returns the whole when it is complete.
func (p *pieces) add(run string, rest []byte) (payload []byte, err error) {
	text, part, ok := bytes.Cut(rest, []byte{'\n'})
	number, from, all, err := numbers(string(text))
	if !ok || err != nil {
		return nil, fmt.Errorf("%.20q begins no piece", text)
	}
	w := p.of[run]
	switch {
	case from == 0:
		p.drop(run)
		p.sweep()
		if all > p.most {
			return nil, fmt.Errorf("a message of %d bytes, more than Options.MaxMessage", all)
		}
		if p.held+all > mostHeld*p.most {
			return nil, errPieces
		}
		w = &whole{number: number, all: all, began: time.Now()}
		p.held += all
		if p.of == nil {
			p.of = make(map[string]*whole)
		}
		p.of[run] = w
	case w == nil || w.number != number:
		return nil, nil // it began before this server heard it
	case from != len(w.data) || all != w.all:
		p.drop(run)
		return nil, errors.New("a piece is missing")
	}
	if len(w.data)+len(part) > all {
		p.drop(run)
		return nil, errors.New("a piece is too long")
	}
	if w.data = append(w.data, part...); len(w.data) < all {
		return nil, nil
	}
	p.drop(run)
	return w.data, nil
}

func (p *pieces) drop(run string) {
	if w := p.of[run]; w != nil {
		p.held -= w.all
		delete(p.of, run)
	}
}

func (p *pieces) sweep() {
	for run, w := range p.of {
		if time.Since(w.began) > pieceTime {
			p.drop(run)
		}
	}
}

func numbers(text string) (number uint64, from, all int, err error) {
	fields := strings.Split(text, " ")
	if len(fields) != 3 {
		return 0, 0, 0, errors.New("not three numbers")
	}
	number, err1 := strconv.ParseUint(fields[0], 10, 64)
	from, err2 := strconv.Atoi(fields[1])
	all, err3 := strconv.Atoi(fields[2])
	if err := errors.Join(err1, err2, err3); err != nil {
		return 0, 0, 0, err
	}
	if from < 0 || from >= all {
		return 0, 0, 0, errors.New("a piece outside of the message")
	}
	return number, from, all, nil
}
