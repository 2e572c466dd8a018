package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A half is a request of which half has been sent.
type half struct {
	conn net.Conn
	rest string
}

// halfText begins to post a message.
func (b *browser) halfText(room, text string) *half {
	b.t.Helper()
	return b.half("/room/"+room+"/chat", "application/json", fmt.Sprintf(`{"chat":%q,"cid":%q}`, text, text))
}

// halfPicture begins to upload a picture.
func (b *browser) halfPicture(room string) *half {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, _ := w.CreateFormFile("gif", "image")
	part.Write(randomImage(true))
	w.Close()
	return b.half("/room/"+room+"/gif", w.FormDataContentType(), body.String())
}

// half begins a request; what is left of it may never come.
func (b *browser) half(path, kind, body string) *half {
	b.t.Helper()
	u, _ := url.Parse(b.url)
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n", path, u.Host, b.url, kind, len(body))
	for _, c := range b.client.Jar.Cookies(u) {
		fmt.Fprintf(conn, "Cookie: %s\r\n", c)
	}
	fmt.Fprintf(conn, "\r\n%s", body[:len(body)/2])
	return &half{conn, body[len(body)/2:]}
}

// end sends the rest and returns the status of the answer, 0 when there is none.
func (h *half) end() (status int) {
	io.WriteString(h.conn, h.rest)
	a, err := http.ReadResponse(bufio.NewReader(h.conn), nil)
	if err != nil {
		return 0
	}
	return a.StatusCode
}

// What is under way when the program ends is done and acknowledged, or its client learns that it
// isn't. Nobody holds the end up for long: not who sends nothing, not who takes nothing, and not
// who has no end.
func TestR11Drain(t *testing.T) {
	dir := t.TempDir()
	m, log := start(t, dir)
	b := newBrowser(t, m.URL())
	room := b.openRoom(`{"title":"마당"}`)
	b.sit(room) // by long-polling, and polls no more
	silent, err := net.Dial("tcp", m.site.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	if a := b.do("GET", "/readyz", ""); a.status != 200 {
		t.Fatalf("readyz = %+v", a)
	}
	done, stuck := b.halfText(room, "done"), b.halfText(room, "stuck")
	picture, piece := b.halfPicture(room), b.halfPicture(room)
	waitFor(t, func() bool { return m.silent.count() == 1 }) // the others have come
	began := time.Now()
	closed := make(chan error, 1)
	go func() { closed <- m.Close() }()
	<-m.over
	ready := httptest.NewRecorder()
	m.site.server.Handler.ServeHTTP(ready, httptest.NewRequest("GET", "/readyz", nil))
	if ready.Code != 503 {
		t.Errorf("readyz = %d", ready.Code)
	}
	waitFor(t, func() bool {
		c, err := net.Dial("tcp", m.site.listener.Addr().String())
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	if text, image := done.end(), picture.end(); text != 200 || image != 200 {
		t.Errorf("what was under way is answered %d and %d", text, image)
	}
	silent.SetReadDeadline(began.Add(patience))
	if _, err := silent.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("who says nothing is told %v", err)
	}
	select {
	case err := <-closed:
		t.Errorf("who says nothing is waited for as long as the others: %v", err)
		closed <- err
	default:
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
	if text, image := stuck.end(), piece.end(); text != 0 || image != 0 {
		t.Errorf("what came too late is answered %d and %d", text, image)
	}
	if strings.Contains(log.String(), "level=ERROR") || strings.Contains(log.String(), "level=WARN") {
		t.Errorf("log:\n%s", log)
	}

	m, _ = start(t, dir)
	b.url = m.URL()
	// Its client may not have heard the answer.
	b.do("POST", "/room/"+room+"/chat", `{"chat":"done","cid":"done"}`)
	b.do("POST", "/room/"+room+"/chat", `{"chat":"stuck","cid":"stuck"}`)
	counts, images := map[string]int{}, 0
	for _, m := range b.history(room) {
		counts[m.Chat]++
		if m.GIF != "" {
			images++
		}
	}
	if counts["done"] != 1 || counts["stuck"] != 1 || images != 1 {
		t.Errorf("messages: %v, images: %d", counts, images)
	}
	var files []string
	filepath.WalkDir(filepath.Join(dir, "media"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	})
	if len(files) != 1 {
		t.Errorf("files of images: %v", files)
	}
}

// Whoever can't wait sends the signal again.
func TestSecondSignal(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Log("there is no such signal here")
		return
	}
	p := launch(t, binary(t), filepath.Join(t.TempDir(), "data"), "localhost:0")
	b := newBrowser(t, p.url)
	room := b.openRoom(`{"title":"마당"}`)
	b.sit(room)
	b.halfText(room, "stuck")
	time.Sleep(100 * time.Millisecond) // passing too early proves nothing wrong
	p.cmd.Process.Signal(syscall.SIGTERM)
	waitFor(t, func() bool { return strings.Contains(p.err.String(), "ending") })
	ended := make(chan error, 1)
	go func() { ended <- p.cmd.Wait() }()
	again := time.NewTicker(100 * time.Millisecond) // a slow machine misses what comes at once
	defer again.Stop()
	var err error
	for over := false; !over; {
		select {
		case <-again.C:
			p.cmd.Process.Signal(syscall.SIGTERM)
		case err = <-ended:
			over = true
		}
	}
	if status := p.cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() {
		t.Errorf("it ended with %v\n%s", err, p.err)
	}
}
