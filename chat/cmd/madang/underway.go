package main

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// underway counts the requests that are being answered, those of sockets aside.
type underway struct{ n atomic.Int64 }

// counted counts those of a handler whose sockets are below a path.
func (u *underway) counted(sockets string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, sockets) {
			next.ServeHTTP(w, r)
			return
		}
		u.n.Add(1)
		defer u.n.Add(-1)
		next.ServeHTTP(w, r)
	})
}

// over waits until there are none, nor a connection that may bring one, or ctx ends.
func (u *underway) over(ctx context.Context, silent *silent) bool {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	// A request that has just been read is neither there nor here.
	for quiet := 0; quiet < 3; quiet++ {
		if u.n.Load() > 0 || silent.count() > 0 {
			quiet = -1
		}
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
	return true
}
