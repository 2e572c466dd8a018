package raid

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// unreadMost is how long an answer may wait for its reader.
const unreadMost = 60 * time.Second

// Two hundred pictures are asked for and not read, from four addresses. All of them are cut off.
func TestC7UnreadPictures(t *testing.T) {
	loopback(t)
	if os.Getenv("RAID") == "" {
		t.Skip("NOT RUN: make raid")
	}
	const (
		unread    = 200
		addresses = 4
	)
	p := start(t, build(t), filepath.Join(t.TempDir(), "data"))
	ctx, cancel := context.WithTimeout(t.Context(), unreadMost+patience)
	defer cancel()
	s := set(t, ctx, p)
	before := p.connections()
	var cut atomic.Int64
	var all sync.WaitGroup
	begun := time.Now()
	for i := range unread {
		v := newVisitor(p.address, fmt.Sprint(raiders, 2+i%addresses))
		conn, done, err := v.raw(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer done()
		conn.SetReadBuffer(4096)
		if _, err := io.WriteString(conn, v.head("GET", "/gif/"+s.Picture)+"\r\n"); err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			dribble(conn)
			if ctx.Err() == nil {
				cut.Add(1)
			}
		})
	}
	left := func() int { return p.connections() - before }
	most := left()
	for left() > 0 && time.Since(begun) < unreadMost {
		most = max(most, left())
		time.Sleep(100 * time.Millisecond)
	}
	t.Logf("%d connections at most, %d left after %v", most, left(), time.Since(begun).Round(time.Second))
	if n := left(); n > 0 {
		t.Errorf("%d of %d unread answers live after %v", n, unread, time.Since(begun))
	}
	cancel()
	all.Wait()
}
