package httpapi

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/internal/trace"
)

const (
	pulseFresh    = time.Second
	pulsePatience = 2 * time.Second
)

// pulse asks whether the server can work for all who want to know: anybody may, at any rate, and
// the question is a write.
type pulse struct {
	ask func(context.Context) error
	log *slog.Logger

	mu     sync.Mutex
	asking chan struct{} // guarded by mu; closed with the answer; nil = nobody asks
	at     time.Time     // guarded by mu; of the last answer; zero = none
	err    error         // guarded by mu; the last answer
}

// check fails with Unavailable when the server can't work, or doesn't say so in time.
func (p *pulse) check(ctx context.Context) error {
	p.mu.Lock()
	if !p.at.IsZero() && time.Since(p.at) < pulseFresh {
		defer p.mu.Unlock()
		return p.err
	}
	asking := p.asking
	if asking == nil {
		asking = make(chan struct{})
		p.asking = asking
		go p.answer(context.WithoutCancel(ctx)) // others wait too
	}
	p.mu.Unlock()

	ctx, cancel := context.WithTimeout(ctx, pulsePatience)
	defer cancel()
	select {
	case <-asking:
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.err
	case <-ctx.Done():
		return notReady()
	}
}

// answer ends with ask, for which a disk that hangs may take its time. The log hears of a change
// alone.
func (p *pulse) answer(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, pulsePatience)
	defer cancel()
	cause := p.ask(ctx)
	var err error
	if cause != nil {
		err = notReady()
	}

	p.mu.Lock()
	was := p.err
	p.at, p.err = time.Now(), err
	close(p.asking)
	p.asking = nil
	p.mu.Unlock()

	switch {
	case was == nil && cause != nil:
		p.log.Warn("not ready", "error", trace.Cut(cause.Error(), textMost))
	case was != nil && cause == nil:
		p.log.Info("ready again")
	}
}

func notReady() error { return chat.Fail(chat.Unavailable, "not ready") }
