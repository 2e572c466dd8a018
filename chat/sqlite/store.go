// Package sqlite keeps the chat in an embedded SQLite database: a [chat.Store] in one file.
//
// One goroutine writes. It takes what is queued, at most 64 jobs, runs each in a savepoint, so that
// one failure doesn't spoil the others, commits them together, and only then answers. Under load
// many messages thus share one fsync; alone, a message waits for nobody. Messages come first: what
// sessions need waits in a queue of its own, of which a transaction takes eight jobs beside
// messages, and at least one. Readers have their own connections, which can't write, and see the
// state of one commit. In WAL mode neither side waits for the other.
//
// Full durability (the default) syncs the log at each commit: what was acknowledged survives the
// loss of power. Normal leaves that to checkpoints: it survives the death of the process at any
// moment, since the pages are then the kernel's, but not that of the machine. With 64 senders
// Full costs a third of the throughput (99 against 69 µs a message), so it is the default.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/madang-chat/madang/chat"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Durability is what an acknowledged change survives.
type Durability int

// Durabilities.
const (
	Full   Durability = iota // the loss of power
	Normal                   // the death of the process
)

func (d Durability) String() string {
	if d == Normal {
		return "normal"
	}
	return "full"
}

// UnmarshalText reads "full" or "normal".
func (d *Durability) UnmarshalText(text []byte) error {
	switch string(text) {
	case "full":
		*d = Full
	case "normal":
		*d = Normal
	default:
		return fmt.Errorf("%q is neither full nor normal", text)
	}
	return nil
}

// Options of a store. The zero value is the default.
type Options struct {
	Durability Durability
	Readers    int // connections that read; default: the number of CPUs, at least 4
	Observer   *Observer
}

// Store is a [chat.Store].
type Store struct {
	path    string
	was, is int64 // versions of the schema
	epoch   epoch
	read    *sql.DB
	disk    *sql.DB // the writer's connection and the checkpointer's
	w       *writer

	sealing    sync.WaitGroup // of blocks for searches
	endSealing context.CancelFunc

	closing sync.Once
	err     error // of closing
}

var _ chat.Store = (*Store)(nil)

// pages of 4 KiB in the log at which the writer checkpoints by itself. The checkpointer is expected
// to come first; under load without a pause it can't empty the log.
const walMost = 16384

// Open opens the database at path, makes it when there is none, and brings its schema up to date.
// It refuses a schema that is newer than this program. A database of an older version stays beside
// the new one, as path.before-N: N is the first version that it lacks.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return open(ctx, path, o, files)
}

func open(ctx context.Context, path string, o Options, files fs.FS) (*Store, error) {
	if o.Readers <= 0 {
		o.Readers = max(4, runtime.NumCPU())
	}
	sync := "FULL"
	if o.Durability == Normal {
		sync = "NORMAL"
	}
	// The files that SQLite adds get the mode of the first; rooms have password hashes.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	f.Close()
	s := &Store{path: path}
	if s.was, s.is, err = migrate(ctx, path, files); err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	if s.disk, err = connect(path, 2, "journal_mode(WAL)", "synchronous("+sync+")",
		fmt.Sprintf("wal_autocheckpoint(%d)", walMost)); err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	if err := s.setUp(ctx, path, o); err != nil {
		s.disk.Close()
		if s.read != nil {
			s.read.Close()
		}
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	return s, nil
}

func (s *Store) setUp(ctx context.Context, path string, o Options) (err error) {
	if s.read, err = connect(path, o.Readers, "query_only(1)"); err != nil {
		return err
	}
	m, epoch, err := openMark(ctx, s.disk, path)
	if err != nil {
		return err
	}
	s.epoch = epoch
	if err := s.forgetImports(ctx); err != nil {
		m.file.Close()
		return err
	}
	if s.w, err = startWriter(ctx, s.disk, m, o.Observer); err != nil {
		m.file.Close()
		return err
	}
	var sealing context.Context
	sealing, s.endSealing = context.WithCancel(context.Background())
	s.sealing.Go(func() {
		// A failure is no loss: a message is found without its block too, and the next start tries
		// again.
		_ = s.sealAll(sealing)
	})
	return nil
}

func connect(path string, conns int, pragmas ...string) (*sql.DB, error) {
	return connectWith(url.Values{"_pragma": append([]string{"busy_timeout(5000)", "foreign_keys(1)", "temp_store(2)", "secure_delete(1)"}, pragmas...)}, path, conns)
}

func connectWith(q url.Values, path string, conns int) (*sql.DB, error) {
	file := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", file.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// Epoch implements [chat.Store].
func (s *Store) Epoch() string { return s.epoch.name }

// Began implements [chat.Store].
func (s *Store) Began() time.Time { return s.epoch.began }

// Upgraded tells the version of the schema that Open found, and the one that it made of it when
// that was an older one.
func (s *Store) Upgraded() (from, to int64) { return s.was, s.is }

// Older tells whether Open found the database older than it was, so that another epoch began.
func (s *Store) Older() bool { return s.epoch.older }

// Close commits what is queued, then closes the database.
func (s *Store) Close() error {
	s.closing.Do(func() {
		s.endSealing()
		s.sealing.Wait()
		s.w.close()
		s.err = s.read.Close()
		if err := s.disk.Close(); err != nil {
			s.err = err
		}
	})
	return s.err
}
