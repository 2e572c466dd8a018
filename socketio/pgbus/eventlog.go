package pgbus

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/adapter"
	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// An eventLog is the events of a cluster, in one order: who writes one holds a lock until it is
// committed, so numbers become visible in their order, which is that of the notifications, too.
type eventLog struct {
	events, sessions string
	most             int
	age              time.Duration
	last             int64 // the newest that was handed on, -1: not known; of who loads
	give             func(*socketio.BusMessage)

	mu      sync.Mutex
	waiting []returning // own events, in the order of Publish; guarded by mu
	timer   bool        // one runs; guarded by mu
	moved   time.Time   // when PostgreSQL last took or brought events; guarded by mu
}

// A returning event is one that the own server waits for.
type returning struct {
	number          uint64
	from, namespace string
	end             time.Time
}

const (
	defaultEvents   = "socket_io_events"
	defaultSessions = "socket_io_sessions"
	defaultMost     = 100_000
	defaultAge      = time.Hour
	returnTime      = 4 * time.Second // until an event comes back without an offset
)

func (o RecoveringOptions) eventLog() *eventLog {
	return &eventLog{
		last:   -1,
		events: checked(cmp.Or(o.EventTable, defaultEvents)), sessions: checked(cmp.Or(o.SessionTable, defaultSessions)),
		most: cmp.Or(max(o.MaxEvents, 0), defaultMost), age: cmp.Or(max(o.MaxAge, 0), defaultAge),
	}
}

// A mark is at the end of the notification of an event that is kept. Its offset is written by
// PostgreSQL.
type mark struct {
	Run    string `json:"run"`
	Number uint64 `json:"number"`
	Offset string `json:"offset"`
}

const markBegin = `,"madang":{"run":`

// marked is the end of a notification, up to the offset, which markEnd follows.
func marked(run string, number uint64) string {
	return markBegin + `"` + run + `","number":` + strconv.FormatUint(number, 10) + `,"offset":"`
}

const (
	markEnd  = `"}}`
	mostMark = 100 // bytes
)

// markOf finds the mark of a notification. Texts of users are deeper: more braces follow them.
func markOf(payload []byte) (m mark, id int64, ok bool) {
	payload = bytes.TrimSpace(payload)
	at := bytes.LastIndex(payload, []byte(markBegin))
	if at < 0 || !bytes.HasSuffix(payload, []byte(markEnd)) {
		return m, 0, false
	}
	if json.Unmarshal(payload[at+len(`,"madang":`):len(payload)-1], &m) != nil {
		return m, 0, false
	}
	id, err := strconv.ParseInt(m.Offset, 10, 64)
	return m, id, err == nil && id > 0
}

// turn is the first key of the lock of who writes: all that share the table share it, and none of
// those that tell who is there has it.
func (l *eventLog) turn() int32 { return digest(l.events + " log") }

// keepMany writes events and notifies of them. A mark ends the text that stands before it.
func (l *eventLog) keepMany() string {
	return "WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock($1, $2)), list AS MATERIALIZED (SELECT nextval(pg_get_serial_sequence($3, 'id')) AS id, t.*" +
		" FROM turn, unnest($4::bytea[], $5::bytea[], $6::text[], $7::text[]) AS t(namespace, payload, channel, begin))," +
		" kept AS (INSERT INTO " + l.events + " (id, namespace, payload) SELECT id, namespace, payload FROM list)" +
		" SELECT pg_notify(channel, begin || id || $8::text) FROM list ORDER BY id"
}

// A run is events that are kept at once.
type run struct {
	namespaces, payloads [][]byte
	channels, begins     []string
}

func (r *run) add(n names, f *cluster.Frame, id string) {
	v := f.Value.(letter)
	r.namespaces, r.payloads = append(r.namespaces, n.kept(v.namespace)), append(r.payloads, f.Payload)
	r.channels, r.begins = append(r.channels, f.Channel), append(r.begins, string(f.Payload[:len(f.Payload)-1])+marked(id, v.number))
}

// statement is how a run is kept and notified of.
func (l *eventLog) statement(r *run) (sql string, args []any) {
	return l.keepMany(), []any{l.turn(), digest("events"), l.events, r.namespaces, r.payloads, r.channels, r.begins, markEnd}
}

// keepAttached does it for one that is an attachment, too.
func (n names) keepAttached(l *eventLog) string {
	return "WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock($1, $2)), kept AS (INSERT INTO " + l.events +
		" (namespace, payload) SELECT $3, $4 FROM turn RETURNING id), lies AS (INSERT INTO " + n.table +
		" (payload) VALUES ($4) RETURNING id) SELECT pg_notify($5, $6::text || lies.id || $8::text || kept.id || $7::text) FROM kept, lies"
}

// attached is how one event is kept that is an attachment, too.
func (l *eventLog) attached(n names, f *cluster.Frame, id string) (sql string, args []any) {
	v := f.Value.(letter)
	return n.keepAttached(l), []any{l.turn(), digest("events"), n.kept(v.namespace), f.Payload, f.Channel, string(v.head), markEnd, `"` + marked(id, v.number)}
}

// isKept reports whether an event goes to the log.
func isKept(m *socketio.BusMessage) bool {
	return m.Kind == socketio.BusEmit && m.To == "" && m.Request == "" && !m.Latest
}

// publish has an event come back.
func (l *eventLog) publish(m *socketio.BusMessage, send func() (away bool, err error)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = append(l.waiting, returning{m.Number, m.From, m.Namespace, time.Now().Add(returnTime)})
	away, err := send()
	switch {
	case err != nil:
		l.waiting = l.waiting[:len(l.waiting)-1]
	case away:
		l.giveUp(len(l.waiting))
	case !l.timer:
		l.timer = true
		time.AfterFunc(returnTime, l.sweep)
	}
	return err
}

// giveUp hands the first n back without an offset. It needs mu.
func (l *eventLog) giveUp(n int) {
	for _, e := range l.waiting[:n] {
		l.back(e, "")
	}
	l.waiting = append([]returning(nil), l.waiting[n:]...)
}

func (l *eventLog) back(e returning, offset string) {
	l.give(&socketio.BusMessage{Kind: socketio.BusEmit, From: e.from, Namespace: e.namespace, Number: e.number, Offset: offset})
}

// abandon hands all back.
func (l *eventLog) abandon() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.giveUp(len(l.waiting))
}

// sweep gives up what has waited for too long, unless there is so much that PostgreSQL is at it.
func (l *eventLog) sweep() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if rest := l.moved.Add(returnTime).Sub(now); rest > 0 && len(l.waiting) > 0 {
		time.AfterFunc(rest, l.sweep)
		return
	}
	l.giveUp(l.overdue(now))
	if l.timer = len(l.waiting) > 0; l.timer {
		time.AfterFunc(time.Until(l.waiting[0].end), l.sweep)
	}
}

// taken notes that PostgreSQL has taken something.
func (l *eventLog) taken() {
	l.mu.Lock()
	l.moved = time.Now()
	l.mu.Unlock()
}

// came hands an own event back, and before it those that can't come any more. One that has been
// given up isn't among them.
func (l *eventLog) came(number uint64, offset string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, e := range l.waiting {
		if e.number != number {
			continue
		}
		for _, lost := range l.waiting[:i] {
			l.back(lost, "")
		}
		l.back(e, offset)
		l.moved = time.Now()
		l.waiting = l.waiting[i+1:]
		l.giveUp(l.overdue(time.Time{}))
		return
	}
}

// refused hands an own event back that isn't kept, behind those that still come.
func (l *eventLog) refused(number uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.waiting {
		if l.waiting[i].number == number {
			l.waiting[i].end = time.Time{}
		}
	}
	l.giveUp(l.overdue(time.Time{}))
}

// overdue is how many in front have waited until then. It needs mu.
func (l *eventLog) overdue(then time.Time) (n int) {
	for n < len(l.waiting) && !l.waiting[n].end.After(then) {
		n++
	}
	return n
}

// returned takes an own event that is kept, of this run.
func (k *link) returned(m mark, id int64) {
	if m.Run == k.bus.Run() && m.Number != 0 {
		k.log.came(m.Number, strconv.FormatInt(id, 10))
	}
}

// catchUp hands on what was kept since the last session.
func (k *link) catchUp(ctx context.Context) error {
	l := k.log
	rows, err := k.pool.Query(ctx, "SELECT id, payload FROM "+l.events+" WHERE id > $1 AND substr(namespace, 1, 16) = $2 ORDER BY id", l.last, k.whole())
	if err != nil {
		return fmt.Errorf("pgbus: read events: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var payload []byte
		if err := rows.Scan(&id, &payload); err != nil {
			return fmt.Errorf("pgbus: read events: %w", err)
		}
		l.last = id
		e, err := adapter.Open(payload)
		if err != nil {
			k.put(&piece{Arrival: cluster.Arrival{Payload: bytes.Clone(payload), Value: err}})
			continue
		}
		if e.UID == k.bus.Server().Name {
			if m, err := keptMessage(id, payload); err == nil {
				l.came(m.Number, m.Offset)
			}
			continue
		}
		e.Data = bytes.Clone(e.Data)
		k.put(&piece{Arrival: cluster.Arrival{Channel: k.of(e.NSP), Payload: bytes.Clone(payload), Value: e}, offset: id})
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("pgbus: read events: %w", err)
	}
	return nil
}

// trim drops the oldest events, and sessions whose time is over.
func (l *line) trim(ctx context.Context) {
	log := l.log
	_, err := l.pool.Exec(ctx, "DELETE FROM "+log.events+" WHERE id <= greatest((SELECT max(id) FROM "+log.events+") - $1, (SELECT max(id) FROM "+log.events+
		" WHERE created_at < now() - make_interval(secs => $2)))", log.most, log.age.Seconds())
	if err == nil {
		_, err = l.pool.Exec(ctx, "DELETE FROM "+log.sessions+" WHERE ends < now()")
	}
	if err != nil && ctx.Err() == nil {
		l.bus.Server().Logger.Log(ctx, slog.LevelWarn, "pgbus: old events and sessions stay in their tables", "error", err)
	}
}
