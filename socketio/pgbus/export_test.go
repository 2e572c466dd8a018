package pgbus

import (
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// NewKeeping is New with another time for which attachments are kept.
func NewKeeping(pool *pgxpool.Pool, o Options, keep time.Duration) *Bus {
	return &Bus{newLine(pool, o, keep).bus}
}
