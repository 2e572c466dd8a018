package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	batchMost = 64 // jobs in one transaction
	// A transaction takes no further job after batchTime. It is for jobs that are large: the common
	// ones take a few milliseconds together. A busy machine lets the writer wait for longer than
	// that between two of them, and must not make transactions small.
	batchTime = 100 * time.Millisecond
	// lateMost is how many jobs that can wait go with messages, which are answered behind them.
	lateMost = 8
	// A checkpoint is due after so many jobs: about 1,000 pages, what SQLite itself takes.
	checkpointJobs = 256
)

var errClosed = errors.New("the database is closed")

// writer is the one goroutine that changes the database.
type writer struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt // the goroutine's own
	mark  *mark                // the goroutine's own
	jobs  chan *job
	later chan *job     // what can wait
	held  *job          // the goroutine's own; begins the next transaction, or nil
	erase chan struct{} // what was deleted is in the log
	quit  chan struct{}
	work  sync.WaitGroup

	observer Observer
}

// job is one change. run works in a savepoint; committed is called after the commit, before done.
type job struct {
	late      bool // can wait
	run       func(*writer) error
	committed func()
	alone     bool // in its transaction: it may well fail, and that loses the others
	err       error
	done      chan struct{}
}

func startWriter(ctx context.Context, db *sql.DB, m *mark, o *Observer) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect the writer: %w", err)
	}
	w := &writer{
		conn:  conn,
		stmts: map[string]*sql.Stmt{},
		mark:  m,
		jobs:  make(chan *job, 4*batchMost),
		later: make(chan *job, 4*batchMost),
		quit:  make(chan struct{}),
		erase: make(chan struct{}, 1),
	}
	w.eraseLog() // an earlier process may not have come to it
	if o != nil {
		w.observer = *o
	}
	due := make(chan struct{}, 1)
	w.work.Go(func() { w.run(due) })
	w.work.Go(func() { w.checkpoint(db, due) })
	return w, nil
}

// do runs a change and returns after its commit.
func (w *writer) do(ctx context.Context, run func(*writer) error, committed func()) error {
	return w.wait(ctx, &job{run: run, committed: committed})
}

// doLater is do for a change that messages needn't wait for.
func (w *writer) doLater(ctx context.Context, run func(*writer) error) error {
	return w.wait(ctx, &job{late: true, run: run})
}

// wait returns after a job's commit. A job that was queued is always carried out.
func (w *writer) wait(ctx context.Context, j *job) error {
	j.done = make(chan struct{})
	queue := w.jobs
	if j.late {
		queue = w.later
	}
	select {
	case <-w.quit:
		return errClosed
	default:
	}
	select {
	case queue <- j:
	case <-w.quit:
		return errClosed
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case <-j.done:
		return j.err
	case <-w.quit:
	}
	// The writer empties the queue before it ends; a job queued even later isn't run.
	w.work.Wait()
	select {
	case <-j.done:
		return j.err
	default:
		return errClosed
	}
}

func (w *writer) close() {
	close(w.quit)
	w.work.Wait()
}

func (w *writer) run(due chan<- struct{}) {
	defer close(due)
	defer w.conn.Close()
	defer w.mark.file.Close()
	defer func() {
		for _, s := range w.stmts {
			s.Close()
		}
	}()
	written := 0
	for {
		first := w.first()
		if first == nil {
			return
		}
		if written += w.batch(first); written >= checkpointJobs {
			select {
			case due <- struct{}{}:
				written = 0
			default:
			}
		}
	}
}

// first waits for a job, nil when the writer ends and none is left.
func (w *writer) first() *job {
	if j := w.held; j != nil {
		w.held = nil
		return j
	}
	if j := take(w.jobs); j != nil {
		return j
	}
	select {
	case j := <-w.jobs:
		return j
	case j := <-w.later:
		return j
	case <-w.quit:
	}
	if j := take(w.jobs); j != nil {
		return j
	}
	return take(w.later)
}

// next takes a job into the transaction that began at start and has n, late ones among them; nil
// when it is large enough.
func (w *writer) next(start time.Time, n, late int) *job {
	if n >= batchMost || time.Since(start) >= batchTime {
		if late == 0 {
			return take(w.later)
		}
		return nil
	}
	j := take(w.jobs)
	switch {
	case j != nil && j.alone:
		w.held = j
		return nil
	case j == nil && (late == n || late < lateMost):
		return take(w.later)
	}
	return j
}

// take takes a job if there is one.
func take(queue <-chan *job) *job {
	select {
	case j := <-queue:
		return j
	default:
		return nil
	}
}

// batch commits first and what is queued behind it.
func (w *writer) batch(first *job) int {
	start := time.Now()
	err := w.exec("BEGIN IMMEDIATE")
	batch := []*job{first}
	due := false // a mark
	if err == nil {
		late := 0
		for j := first; j != nil; {
			if j.late {
				late++
			}
			if err = w.step(j); err != nil || j.alone {
				break
			}
			if j = w.next(start, len(batch), late); j != nil {
				batch = append(batch, j)
			}
		}
		if due = time.Since(w.mark.made) >= markEvery; err == nil && due {
			err = w.makeMark()
		}
		if err == nil {
			err = w.exec("COMMIT")
		}
	}
	if err != nil {
		w.exec("ROLLBACK") // fails when the transaction has ended
	}
	took := time.Since(start)
	for _, j := range batch {
		if err != nil {
			j.err = fmt.Errorf("commit: %w", err)
		}
		if j.err == nil && j.committed != nil {
			j.committed()
		}
		close(j.done)
	}
	if err == nil && due {
		w.marked()
	}
	w.observer.committed(took, len(batch), err)
	return len(batch)
}

// step runs one job in its savepoint. An error says that the whole transaction is lost: SQLite
// rolls it back by itself when the disk is full or fails. Nothing more may run in it, because a
// savepoint outside of a transaction is one of its own, which would be kept.
func (w *writer) step(j *job) (lost error) {
	if err := w.exec("SAVEPOINT job"); err != nil {
		return err
	}
	if j.err = j.run(w); j.err != nil {
		if err := w.exec("ROLLBACK TO job"); err != nil {
			return fmt.Errorf("the transaction is lost: %w", j.err)
		}
	}
	return w.exec("RELEASE job")
}

// exec runs a statement that is prepared once.
func (w *writer) exec(query string, args ...any) error {
	s, err := w.prepare(query)
	if err != nil {
		return err
	}
	_, err = s.Exec(args...)
	return err
}

// row runs a query for one row.
func (w *writer) row(query string, args ...any) (*sql.Row, error) {
	s, err := w.prepare(query)
	if err != nil {
		return nil, err
	}
	return s.QueryRow(args...), nil
}

func (w *writer) prepare(query string) (*sql.Stmt, error) {
	if s := w.stmts[query]; s != nil {
		return s, nil
	}
	s, err := w.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	w.stmts[query] = s
	return s, nil
}
