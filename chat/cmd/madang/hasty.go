package main

import (
	"bytes"
	"io"
	"log/slog"
	"sync/atomic"
	"time"
)

// logPatience is how long one line of the log may take.
const logPatience = time.Second

// hasty writes lines, and drops those that come while one takes too long: a pipe that nobody reads,
// or a terminal that is stopped, must not stop the chat.
type hasty struct {
	out  io.Writer
	log  *slog.Logger // writes to out
	busy atomic.Bool  // a line is being written
	lost atomic.Int64 // lines
}

// Write returns as soon as the line is written, or lost.
func (h *hasty) Write(line []byte) (int, error) {
	if h.busy.Swap(true) {
		h.lost.Add(1)
		return len(line), nil
	}
	written := make(chan error, 1)
	own := bytes.Clone(line) // the caller uses its memory again
	go func() {              // which ends with the process at the latest
		_, err := h.out.Write(own)
		if n := h.lost.Swap(0); n > 0 {
			h.log.Warn("lines of the log were lost: what reads them took too long", "lines", n)
		}
		h.busy.Store(false)
		written <- err
	}()
	patience := time.NewTimer(logPatience)
	defer patience.Stop()
	select {
	case err := <-written:
		return len(line), err
	case <-patience.C:
		return len(line), nil
	}
}
