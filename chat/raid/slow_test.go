package raid

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"
)

// drip is the time between two bytes of what never ends.
const drip = time.Second

// by opens a bare connection, writes what begins there, and then goes on in the raider's way. It
// notes whether the server ended it.
func (r *raider) by(ctx context.Context, begins string, then func(io.ReadWriter)) {
	conn, done, err := r.raw(ctx)
	if err != nil {
		r.note(ctx, err)
		return
	}
	defer done()
	conn.SetReadBuffer(4096)
	r.tally.add(r.attack, "begun")
	if _, err := io.WriteString(conn, begins); err == nil {
		then(conn)
	}
	r.note(ctx, io.ErrUnexpectedEOF)
}

// dribble writes a byte now and then until the connection ends.
func dribble(conn io.ReadWriter) {
	for {
		if _, err := io.WriteString(conn, "x"); err != nil {
			return
		}
		time.Sleep(drip)
	}
}

// wait reads until the connection ends.
func wait(conn io.ReadWriter) { io.Copy(io.Discard, conn) }

// several are connections at a time for each goroutine of an attack: one would be too patient.
func (r *raider) several(ctx context.Context, each func(n int)) {
	done := make(chan struct{})
	for n := range r.held {
		go func() {
			defer func() { done <- struct{}{} }()
			if sleep(ctx, r.pause*time.Duration(n)) {
				each(n)
			}
		}()
	}
	for range r.held {
		<-done
	}
}

// unreadPictures are asked for and not read.
func (r *raider) unreadPictures(ctx context.Context) {
	v := r.fresh(ctx)
	if v == nil {
		return
	}
	r.several(ctx, func(int) {
		r.by(ctx, v.head("GET", "/gif/"+r.Picture)+"\r\n", func(conn io.ReadWriter) {
			// Only what fits the buffers of the kernel comes; when nobody reads, only an end is
			// noticed by writing.
			dribble(conn)
		})
	})
}

// slowBodies are a byte a second: of a form, of a poll's packets.
func (r *raider) slowBodies(ctx context.Context) {
	v := r.fresh(ctx)
	if v == nil {
		return
	}
	r.several(ctx, func(n int) {
		path, kind := "/room", "Content-Type: application/json"
		if n%2 == 1 {
			var err error
			if path, err = v.poll(ctx); err != nil {
				r.note(ctx, err)
				return
			}
			kind = "Content-Type: text/plain"
		}
		r.by(ctx, v.head("POST", path, kind, "Content-Length: 5000")+"\r\n", dribble)
	})
}

// trickle is an upload that never ends.
func (r *raider) trickle(ctx context.Context) {
	v, s := r.seated(ctx)
	if v == nil {
		return
	}
	defer s.close()
	head, _ := form()
	picture := noise()
	begins := v.head("POST", "/room/"+r.Square+"/gif", "Content-Type: "+multipartType, fmt.Sprint("Content-Length: ", len(picture)+200))
	r.by(ctx, begins+"\r\n"+head+string(picture[:1000]), dribble)
}

// halfRequests are connections on which nothing, or too little, comes.
func (r *raider) halfRequests(ctx context.Context) {
	r.several(ctx, func(n int) {
		switch n % 4 {
		case 0:
			r.by(ctx, "", wait)
		case 1:
			r.by(ctx, "GET / HT", wait)
		case 2:
			r.by(ctx, r.head("GET", "/")+"X-Raid: ", dribble)
		case 3: // whole, and then the connection is kept
			r.by(ctx, r.head("GET", "/healthz")+"\r\n", wait)
		}
	})
}

// halfHandshakes are sessions that nobody goes on with.
func (r *raider) halfHandshakes(ctx context.Context) {
	upgrade := []string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="}
	r.several(ctx, func(n int) {
		path := socketPath
		if n%2 == 1 {
			polling, err := r.poll(ctx)
			r.note(ctx, err)
			if err != nil || n%4 == 1 {
				return
			}
			path = strings.Replace(polling, "transport=polling", "transport=websocket", 1)
		}
		r.by(ctx, r.head("GET", path, upgrade...)+"\r\n", wait)
	})
}

// deepJSON is nested as far as a body may be long.
func (r *raider) deepJSON(ctx context.Context) {
	v := r.fresh(ctx)
	for i := 0; v != nil && i < 20 && r.again(ctx); i++ {
		depth := 30_000
		if i%2 == 1 {
			depth = 500
		}
		body := `{"title":"deep","extra":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + `}`
		r.note(ctx, v.post(ctx, "/room", body, nil))
	}
}
