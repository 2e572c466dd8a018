package pgbus

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// NewKeeping is New with another time for which attachments are kept.
func NewKeeping(pool *pgxpool.Pool, o Options, keep time.Duration) *Bus {
	return &Bus{newLine(pool, o, keep).bus}
}

// Trim does what is done from time to time.
func (b *RecoveringBus) Trim(ctx context.Context) { b.line.trim(ctx) }

// Turn is the key of the lock of who writes events.
func (b *RecoveringBus) Turn() (int32, int32) { return b.line.log.turn(), digest("events") }
