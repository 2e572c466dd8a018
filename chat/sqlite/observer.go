package sqlite

import (
	"os"
	"time"
)

// An Observer is told what a store does, for metrics. Its functions must not block: messages wait
// for them. A nil one isn't called.
type Observer struct {
	// Committed is told of a transaction, when its jobs have been answered.
	Committed func(took time.Duration, jobs int, err error)
	// Checkpointed is told that the log went into the database, as far as nobody read it.
	Checkpointed func(err error)
}

func (o *Observer) committed(took time.Duration, jobs int, err error) {
	if o.Committed != nil {
		o.Committed(took, jobs, err)
	}
}

func (o *Observer) checkpointed(err error) {
	if o.Checkpointed != nil {
		o.Checkpointed(err)
	}
}

// Stats are what a store has at a moment.
type Stats struct {
	Messages  int   // changes of rooms that wait for their transaction
	Later     int   // changes of sessions that do
	QueueMost int   // that either queue holds; who comes then waits to get in
	Database  int64 // bytes of the file
	Log       int64 // bytes of the write-ahead log, which doesn't shrink while the store is open
}

// Stats asks the queues and the file system.
func (s *Store) Stats() Stats {
	return Stats{Messages: len(s.w.jobs), Later: len(s.w.later), QueueMost: cap(s.w.jobs),
		Database: size(s.path), Log: size(s.path + "-wal")}
}

// size is that of a file, 0 when it isn't there.
func size(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
