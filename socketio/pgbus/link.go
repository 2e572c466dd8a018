package pgbus

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"

	"github.com/madang-chat/madang/socketio/internal/adapter"
	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// A link is one connection that listens, and the pool that sends.
type link struct {
	*line
	*cluster.Session
	conn *pgx.Conn
	came chan *pgconn.Notification
	seen int64 // the newest event that came, or was read from the log; of who loads
	// since when what came waits for the server, in Unix nanoseconds; 0: it doesn't
	putting atomic.Int64

	mu         sync.Mutex
	namespaces map[string]string // by channel; guarded by mu
	orders     []order           // for who reads; guarded by mu
	again      map[string]bool   // namespaces in which one of Node has begun; guarded by mu
	wake       func()            // ends the wait of who reads; guarded by mu
}

// An order is a statement for the connection that listens, which one goroutine alone may use.
type order struct {
	sql  string
	done chan error // room for one
}

// mostCame is how many notifications wait for the attachments of those before them.
const mostCame = 1000

// Open implements cluster.Line.
func (l *line) Open(ctx context.Context, s *cluster.Session) (cluster.Link, error) {
	if err := l.makeTables(ctx); err != nil {
		return nil, err
	}
	conn, err := l.dial(ctx)
	if err != nil {
		return nil, fmt.Errorf("pgbus: connect to PostgreSQL: %w", err)
	}
	k := &link{line: l, Session: s, conn: conn, namespaces: make(map[string]string), again: make(map[string]bool), came: make(chan *pgconn.Notification, mostCame)}
	if err := k.begin(ctx); err != nil {
		hangUp(conn)
		return nil, err
	}
	s.Go(func() { k.read(ctx) })
	s.Go(func() { k.load(ctx) })
	s.Go(func() { k.tend(ctx) })
	return k, nil
}

// dial makes a connection as the pool makes its own.
func (l *line) dial(ctx context.Context) (*pgx.Conn, error) {
	of := l.pool.Config()
	c := of.ConnConfig
	if l.listen != nil {
		c = l.listen.Copy()
	} else if of.BeforeConnect != nil {
		if err := of.BeforeConnect(ctx, c); err != nil {
			return nil, err
		}
	}
	// Waiting for notifications is broken off to say something.
	c.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.DeadlineContextWatcherHandler{Conn: c.Conn()}
	}
	c.OnNotification = nil
	conn, err := pgx.ConnectConfig(ctx, c)
	if err != nil || l.listen != nil || of.AfterConnect == nil {
		return conn, err
	}
	if err := of.AfterConnect(ctx, conn); err != nil {
		conn.Close(ctx)
		return nil, err
	}
	return conn, nil
}

// begin listens to all that the server needs, and looks whether that works.
func (k *link) begin(ctx context.Context) error {
	channels := []string{k.members(), k.member(k.bus.Server().Name), k.questionsOfOurs()}
	for _, need := range k.Needs() {
		channel := k.of(need.Namespace)
		k.namespaces[channel] = need.Namespace
		channels = append(channels, channel)
		k.Tell(k.nodeHeartbeat(adapter.TypeHello, need.Namespace))
	}
	if k.log != nil && k.log.last < 0 {
		if err := k.conn.QueryRow(ctx, "SELECT coalesce(max(id), 0) FROM "+k.log.events).Scan(&k.log.last); err != nil {
			return fmt.Errorf("pgbus: find the newest event: %w", err)
		}
	}
	if _, err := k.conn.PgConn().Exec(ctx, listen("LISTEN ", channels)).ReadAll(); err != nil {
		return fmt.Errorf("pgbus: listen: %w", err)
	}
	// Others see by a lock whether this connection is there.
	if _, err := k.conn.Exec(ctx, "SELECT pg_advisory_lock_shared($1, $2)", digest(k.members()), digest(k.bus.Server().Name)); err != nil {
		return fmt.Errorf("pgbus: take the lock that tells who is there: %w", err)
	}
	return k.prove(ctx)
}

var errDeaf = errors.New("pgbus: what the pool notifies of doesn't come to the connection that listens: they reach " +
	"different databases, or PgBouncer in transaction mode, which can't LISTEN, is between (see Options.Listen)")

// prove sends something to itself.
func (k *link) prove(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, proofTime)
	defer cancel()
	self, proof := k.member(k.bus.Server().Name), proofMark+cluster.NewID()+`"}`
	if _, err := k.pool.Exec(ctx, "SELECT pg_notify($1, $2)", self, proof); err != nil {
		return fmt.Errorf("pgbus: notify: %w", err)
	}
	for {
		n, err := k.conn.WaitForNotification(ctx)
		switch {
		case ctx.Err() != nil:
			return errDeaf
		case err != nil:
			return fmt.Errorf("pgbus: wait for a notification: %w", err)
		case n.Payload == proof:
			return nil
		}
		select {
		case k.came <- n:
		default:
			return errors.New("pgbus: too much comes at the beginning")
		}
	}
}

const (
	proofTime = 3 * time.Second
	proofMark = `{"proof":"` // what such a message begins with
)

// Close implements cluster.Link: what reads has closed the connection.
func (k *link) Close() {}

func hangUp(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}

// Follow implements cluster.Link.
func (k *link) Follow(ctx context.Context, enter, leave []cluster.Need) error {
	var in, out []string
	k.mu.Lock()
	for _, need := range enter {
		channel := k.of(need.Namespace)
		k.namespaces[channel] = need.Namespace
		in = append(in, channel)
	}
	for _, need := range leave {
		channel := k.of(need.Namespace)
		delete(k.namespaces, channel)
		out = append(out, channel)
	}
	k.mu.Unlock()
	if err := k.order(ctx, listen("UNLISTEN ", out)+listen("LISTEN ", in)); err != nil {
		return fmt.Errorf("pgbus: listen: %w", err)
	}
	for _, need := range leave {
		k.left(k.nodes.Forget(need.Namespace))
		k.Tell(k.nodeHeartbeat(adapter.TypeBye, need.Namespace))
	}
	for _, need := range enter {
		k.Tell(k.nodeHeartbeat(adapter.TypeHello, need.Namespace))
	}
	return nil
}

func listen(verb string, channels []string) (sql string) {
	for _, channel := range channels {
		sql += verb + pgx.Identifier{channel}.Sanitize() + ";"
	}
	return sql
}

// Present implements cluster.Link. Who listens holds a lock, which ends with its connection.
func (k *link) Present(ctx context.Context, names, namespaces []string) (there cluster.Presence, err error) {
	if since := k.putting.Load(); since != 0 && time.Since(time.Unix(0, since)) > stuckTime {
		return there, fmt.Errorf("pgbus: the server takes nothing for %v: it listens no more, so that PostgreSQL's queue doesn't fill", stuckTime)
	}
	rows, err := k.pool.Query(ctx, "SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND granted"+
		" AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND classid = $1::bigint::oid", int64(uint32(digest(k.members()))))
	if err != nil {
		return there, fmt.Errorf("pgbus: look who is there: %w", err)
	}
	locks, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return there, fmt.Errorf("pgbus: look who is there: %w", err)
	}
	there = cluster.Presence{Ours: len(locks), Gone: make(map[string]bool), Foreign: make(map[string][]string)}
	held := make(map[int64]bool)
	for _, lock := range locks {
		held[lock] = true
	}
	for _, name := range names {
		there.Gone[name] = !held[int64(uint32(digest(name)))]
	}
	for _, namespace := range namespaces {
		there.Foreign[namespace] = k.nodes.In(namespace)
	}
	return there, nil
}

// stuckTime is how long a server may take nothing. Meanwhile PostgreSQL keeps what is notified, for
// all databases of a cluster in one queue, which refuses everything when it is full.
const stuckTime = 30 * time.Second

func digest(text string) int32 {
	h := fnv.New32a()
	h.Write([]byte(text))
	return int32(h.Sum32())
}
