package pgbus

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// The statements that send. Notifications aren't kept over a crash, so nothing is gained by waiting
// for the disk: prompt ends that for one transaction.
const (
	prompt     = "SELECT set_config('synchronous_commit', 'off', true)"
	notifyMany = "SELECT pg_notify(channel, payload) FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS t(channel, payload, n) ORDER BY n"
)

// attach sends an attachment by its number, to some channels.
func (n names) attach() string {
	return "WITH kept AS (INSERT INTO " + n.table + " (payload) VALUES ($1) RETURNING id)" +
		" SELECT pg_notify(channel, $2::text || kept.id || $3::text) FROM kept, unnest($4::text[]) AS channel"
}

// A parcel is what is sent in one transaction, in one round trip.
type parcel struct {
	*line
	batch              pgx.Batch
	channels, payloads []string       // of the notifications that follow each other
	kept               run            // of the events that follow each other; one of both is empty
	many               int            // events that are kept
	seen               map[string]int // how often each one is in here
}

// parcelTime is how long PostgreSQL may take for one: what comes from it doesn't tell that it takes
// what is sent.
const parcelTime = 10 * time.Second

// mostKept events are written at a time: meanwhile the other servers wait for their turn.
const mostKept = 200

func (l *line) parcel() *parcel {
	p := &parcel{line: l, seen: make(map[string]int)}
	if l.log == nil {
		p.batch.Queue(prompt)
	}
	return p
}

// add reports whether there was room: the payloads of equal frames grow.
func (p *parcel) add(f *cluster.Frame, name string) bool {
	l, _ := f.Value.(letter)
	switch {
	case l.kept && p.many >= mostKept:
		return false
	case l.kept && l.head == nil:
		p.many++
		p.flushPlain()
		p.kept.add(p.names, f, p.bus.Run())
		return true
	case l.kept:
		p.many++
		p.flush()
		sql, args := p.log.attached(p.names, f, p.bus.Run())
		p.batch.Queue(sql, args...)
		return true
	}
	p.flushKept()
	channels := []string{f.Channel}
	if l.also != "" {
		channels = append(channels, l.also)
	}
	if l.head == nil && !fits(f.Payload) {
		l.head = head(header{UID: name}) // what ours say to one of ours
	}
	if l.head != nil {
		p.flush()
		p.batch.Queue(p.attach(), f.Payload, string(l.head), tail, channels)
		return true
	}
	payload := string(f.Payload)
	key := f.Channel + "\x00" + payload
	if n := p.seen[key]; n > 0 {
		if payload += spaces(n); len(payload) > mostPayload {
			return false
		}
	}
	p.seen[key]++
	for _, channel := range channels {
		p.channels, p.payloads = append(p.channels, channel), append(p.payloads, payload)
	}
	return true
}

func (p *parcel) flush() {
	p.flushPlain()
	p.flushKept()
}

func (p *parcel) flushKept() {
	if p.kept.channels != nil {
		sql, args := p.log.statement(&p.kept)
		p.batch.Queue(sql, args...)
		p.kept = run{}
	}
}

func (p *parcel) flushPlain() {
	if p.channels != nil {
		p.batch.Queue(notifyMany, p.channels, p.payloads)
		p.channels, p.payloads = nil, nil
	}
}

// Send implements cluster.Link.
func (k *link) Send(ctx context.Context, frames []*cluster.Frame) error {
	for len(frames) > 0 {
		p := k.parcel()
		n := 0
		for n < len(frames) && p.add(frames[n], k.bus.Server().Name) {
			n++
		}
		p.flush()
		if err := k.post(ctx, p, frames[:n]); err != nil {
			return err
		}
		frames = frames[n:]
	}
	return nil
}

// post sends a parcel. When one of its frames may be what is refused it sends each half of them by
// itself: the others don't fail with it.
func (k *link) post(ctx context.Context, p *parcel, frames []*cluster.Frame) error {
	bounded, cancel := context.WithTimeout(ctx, parcelTime)
	err := k.pool.SendBatch(bounded, &p.batch).Close()
	cancel()
	switch {
	case err == nil:
		if k.log != nil {
			k.log.taken()
		}
		for _, f := range frames {
			f.Done = true
		}
	case !refuses(err):
		return err
	case len(frames) > 1 && refusesOne(err):
		half := len(frames) / 2
		if err := k.Send(ctx, frames[:half]); err != nil {
			return err
		}
		return k.Send(ctx, frames[half:])
	default:
		for _, f := range frames {
			f.Err = err
			if l, _ := f.Value.(letter); k.log != nil && l.number != 0 {
				k.log.refused(l.number)
			}
		}
	}
	return nil
}

// refuses reports whether PostgreSQL took nothing of a transaction, but would take another one: its
// queue is full, a message is wrong, or what it does isn't allowed. Otherwise another session may
// help, which may reach another server and makes the tables that aren't there.
func refuses(err error) bool {
	answer, ok := errors.AsType[*pgconn.PgError](err)
	return ok && answer.SeverityUnlocalized == "ERROR" && !slices.ContainsFunc(helped, func(code string) bool {
		return strings.HasPrefix(answer.Code, code)
	})
}

// refusesOne reports whether it may be one message that is refused, by what is in it: other
// refusals, as of a full queue, are the same for all.
func refusesOne(err error) bool {
	answer, ok := errors.AsType[*pgconn.PgError](err)
	return ok && slices.ContainsFunc(ofContent, func(code string) bool { return strings.HasPrefix(answer.Code, code) })
}

// ofContent is what the codes begin with of errors in what is written: its data, constraints, and
// triggers.
var ofContent = []string{"22", "23", "P0"}

// helped are the codes, or what they begin with, of errors that another session may not have:
// connections, conflicts, shutdowns, a standby, and tables that aren't there.
var helped = []string{"08", "40", "57P", "25006", "42P01"}
