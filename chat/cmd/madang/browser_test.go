package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"time"
)

// browser is a visitor with cookies.
type browser struct {
	t      *testing.T
	url    string
	client *http.Client
}

func newBrowser(t *testing.T, url string) *browser {
	jar, _ := cookiejar.New(nil)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &browser{t, url, &http.Client{Jar: jar, Transport: transport}}
}

type answer struct {
	status int
	header http.Header
	body   string
}

// try sends a request with a JSON body; headers are "Name: value".
func (b *browser) try(method, path, body string, headers ...string) (answer, error) {
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Origin", b.url)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	response, err := b.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(text)}, err
}

func (b *browser) do(method, path, body string, headers ...string) answer {
	b.t.Helper()
	a, err := b.try(method, path, body, headers...)
	if err != nil {
		b.t.Fatal(err)
	}
	return a
}

// decode reads the body of a successful answer.
func (a answer) decode(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), v); err != nil || a.status >= 300 {
		t.Fatalf("%d %v: %s", a.status, err, a.body)
	}
}

func (b *browser) openRoom(body string) (id string) {
	b.t.Helper()
	var reply struct {
		Room struct {
			ID string `json:"_id"`
		}
	}
	b.do("POST", "/room", body).decode(b.t, &reply)
	return reply.Room.ID
}

// message is a line of a room's history.
type message struct {
	ID   string `json:"_id"`
	Seq  int64
	Chat string
	CID  string
	GIF  string
}

func (b *browser) history(room string) (messages []message) {
	b.t.Helper()
	for before := int64(0); ; before = messages[0].Seq {
		var page struct {
			Messages []message
			More     bool
		}
		read := func() answer { return b.do("GET", fmt.Sprintf("/room/%s/messages?before=%d", room, before), "") }
		a := read()
		for ; a.status == http.StatusTooManyRequests; a = read() {
			time.Sleep(100 * time.Millisecond)
		}
		a.decode(b.t, &page)
		messages = append(page.Messages, messages...)
		if !page.More {
			return messages
		}
	}
}

// sit joins a room, as the page does. The socket isn't heard any more afterwards; its seat lasts
// longer than a test.
func (b *browser) sit(room string) {
	b.t.Helper()
	b.join(`{"room":"` + room + `"}`)
}

func (b *browser) join(request string) (reply string) {
	b.t.Helper()
	if reply = b.ask("join", request); !strings.HasPrefix(reply, `[{"ok":true`) {
		b.t.Fatalf("join: %s", reply)
	}
	return reply
}

// ask opens a socket and returns the answer to an event of /chat.
func (b *browser) ask(event, request string) (reply string) {
	b.t.Helper()
	return b.socket().ask(event, request)
}

// polled is a socket in /chat by long-polling.
type polled struct {
	*browser
	path string
	come []string // packets that nobody has asked for yet
}

func (b *browser) socket() *polled {
	b.t.Helper()
	const path = "/socket.io/?EIO=4&transport=polling"
	a := b.do("GET", path, "", "Origin: "+b.url)
	var open struct{ SID string }
	if err := json.Unmarshal([]byte(strings.TrimPrefix(a.body, "0")), &open); err != nil {
		b.t.Fatalf("handshake: %v: %+v", err, a)
	}
	s := &polled{browser: b, path: path + "&sid=" + open.SID}
	s.send("40/chat,")
	s.await("40/chat,") // an event that comes before the answer ends the connection
	return s
}

func (s *polled) ask(event, request string) (reply string) {
	s.t.Helper()
	s.send(`42/chat,0["` + event + `",` + request + `]`)
	return s.await("43/chat,0")
}

func (s *polled) send(packet string) {
	s.t.Helper()
	if a := s.do("POST", s.path, packet, "Origin: "+s.url, "Content-Type: text/plain"); a.status != 200 {
		s.t.Fatalf("%s: %+v", packet, a)
	}
}

// await polls until a packet comes that begins so, and returns the rest of it.
func (s *polled) await(prefix string) string {
	s.t.Helper()
	for {
		for len(s.come) > 0 {
			packet := s.come[0]
			s.come = s.come[1:]
			if rest, ok := strings.CutPrefix(packet, prefix); ok {
				return rest
			}
		}
		a := s.do("GET", s.path, "", "Origin: "+s.url)
		if a.status != 200 {
			s.t.Fatalf("poll: %+v", a)
		}
		s.come = strings.Split(a.body, "\x1e")
	}
}

// upload posts an image.
func (b *browser) upload(room string, image []byte) (answer, error) {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, _ := w.CreateFormFile("gif", "image")
	part.Write(image)
	w.Close()
	return b.try("POST", "/room/"+room+"/gif", body.String(), "Content-Type: "+w.FormDataContentType())
}
