package hosting

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	neturl "net/url"
	"sync"
	"testing"
	"time"
)

// A half is a message of which half has been sent by HTTP.
type half struct {
	*member
	conn net.Conn
	text string
	rest string
	done chan bool // closed when it is acknowledged
	once sync.Once
}

// sendHalf begins messages of members of the first room.
func sendHalf(t *testing.T, crowd []*member) (all []*half) {
	t.Helper()
	for i := range halfSent {
		h := &half{member: crowd[1+i%(min(roomOf, len(crowd))-1)], text: fmt.Sprintf("half-%d", i), done: make(chan bool)}
		u, _ := neturl.Parse(h.url)
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(h.from)}}
		var err error
		if h.conn, err = d.Dial("tcp", u.Host); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { h.conn.Close() })
		h.conn.SetDeadline(time.Now().Add(patience))
		body := h.body()
		head := fmt.Sprintf("POST /room/%s/chat HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n", h.room, u.Host, h.url, len(body))
		for _, c := range h.client.Jar.Cookies(u) {
			head += "Cookie: " + c.String() + "\r\n"
		}
		h.rest = body[len(body)/2:]
		if _, err := io.WriteString(h.conn, head+"\r\n"+body[:len(body)/2]); err != nil {
			t.Fatal(err)
		}
		all = append(all, h)
	}
	return all
}

func (h *half) body() string { return fmt.Sprintf(`{"chat":%q,"cid":%q}`, h.text, h.text) }

// complete sends the rest.
func (h *half) complete() {
	io.WriteString(h.conn, h.rest)
	if a, err := http.ReadResponse(bufio.NewReader(h.conn), nil); err == nil {
		a.Body.Close()
		h.answered(a.StatusCode)
	} else {
		h.fault("%q had time for its other half, but: %v", h.text, err)
	}
}

// again sends all of what wasn't acknowledged.
func (h *half) again(ctx context.Context) {
	for ctx.Err() == nil && !h.isDone() {
		status, _, err := h.request(ctx, "POST", "/room/"+h.room+"/chat", h.body())
		if err == nil {
			h.answered(status)
		}
	}
}

func (h *half) answered(status int) {
	if status != 200 {
		h.fault("%q is answered %d", h.text, status)
		status = 0
	}
	h.mu.Lock()
	h.acked[h.text] = true
	h.mu.Unlock()
	h.once.Do(func() { close(h.done) })
}

func (h *half) isDone() bool {
	select {
	case <-h.done:
		return true
	default:
		return false
	}
}

func (h *half) wait() { <-h.done }
