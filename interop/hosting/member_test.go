package hosting

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	neturl "net/url"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// A member is somebody in a room. The client is none of ours and does what the page does: it comes
// back at the moment that it was given, with the last change that it knows, and sends what was not
// acknowledged again.
type member struct {
	url, room string
	from      string        // address
	wait      time.Duration // before the first attempt to come back
	client    *http.Client

	mu     sync.Mutex
	now    *session        // guarded by mu; nil = outside
	epoch  string          // guarded by mu
	rev    int64           // guarded by mu
	seq    int64           // guarded by mu; of the last message heard
	texts  map[string]int  // guarded by mu; how often each was heard, nil = nobody asks
	acked  map[string]bool // guarded by mu; texts
	faults []string        // guarded by mu
	told   bool            // guarded by mu; that the server restarts
	lost   time.Time       // guarded by mu; the connection
	tries  []time.Time     // guarded by mu; to come back
	backs  int             // guarded by mu
}

// session is one connection, in the room.
type session struct {
	conn    *websocket.Conn
	answers chan answer // to messages
	over    chan struct{}
}

type answer struct {
	OK    bool
	Error struct {
		Code         string
		RetryAfterMS int
	}
	Epoch    string
	Rev, Seq int64
	Reset    bool
	Messages []message
}

type message struct {
	Seq, Rev int64
	Chat     string
	Code     string
}

// newMember is a visitor with a session, from an address of loopback.
func newMember(ctx context.Context, url, room, from string) (*member, error) {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	jar, _ := cookiejar.New(nil)
	m := &member{url: url, room: room, from: from, acked: map[string]bool{},
		client: &http.Client{Jar: jar, Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}}}
	_, _, err := m.request(ctx, "GET", "/", "")
	if site, _ := neturl.Parse(url); err == nil && len(jar.Cookies(site)) == 0 {
		err = errors.New("the page gives no session")
	}
	return m, err
}

// request sends JSON and returns what comes.
func (m *member) request(ctx context.Context, method, path, body string) (status int, object map[string]any, err error) {
	r, err := http.NewRequestWithContext(ctx, method, m.url+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Origin", m.url)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json")
	}
	a, err := m.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer a.Body.Close()
	if body != "" {
		err = json.NewDecoder(a.Body).Decode(&object)
	}
	return a.StatusCode, object, err
}

// stay is in the room until ctx ends, however often the connection does.
func (m *member) stay(ctx context.Context) {
	pause := time.Duration(0)
	for {
		m.visit(ctx)
		ended := time.Now()
		m.mu.Lock()
		if m.lost.IsZero() {
			m.lost = ended
		}
		if m.told && len(m.tries) == 0 {
			pause = m.wait
		} else { // as the page's client does
			pause = min(5*time.Second, max(time.Second, 2*pause)) * time.Duration(50+rand.IntN(100)) / 100
		}
		m.mu.Unlock()
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		m.mu.Lock()
		// One machine does late what thousands do in time.
		m.tries = append(m.tries, ended.Add(pause))
		m.mu.Unlock()
	}
}

// visit is one connection from its beginning to its end.
func (m *member) visit(ctx context.Context) {
	conn, _, err := websocket.Dial(ctx, strings.Replace(m.url, "http", "ws", 1)+"/socket.io/?EIO=4&transport=websocket",
		&websocket.DialOptions{HTTPClient: m.client, HTTPHeader: http.Header{"Origin": {m.url}}})
	if err != nil {
		return
	}
	defer conn.CloseNow()
	conn.SetReadLimit(-1)
	s := &session{conn: conn, answers: make(chan answer, 1), over: make(chan struct{})}
	defer close(s.over)
	defer func() {
		m.mu.Lock()
		m.now = nil
		m.mu.Unlock()
	}()
	for {
		_, packet, err := conn.Read(ctx)
		if err != nil {
			return
		}
		text := string(packet)
		switch {
		case text == "2":
			s.write(ctx, "3")
		case text[0] == '0':
			s.write(ctx, "40/chat,")
		case strings.HasPrefix(text, "40/chat,"):
			m.mu.Lock()
			since := ""
			if m.epoch != "" {
				since = fmt.Sprintf(`,"since":{"epoch":%q,"rev":%d}`, m.epoch, m.rev)
			}
			m.mu.Unlock()
			s.write(ctx, fmt.Sprintf(`42/chat,1["join",{"room":%q%s}]`, m.room, since))
		case strings.HasPrefix(text, "43/chat,1["):
			m.joined(s, text[len("43/chat,1"):])
		case strings.HasPrefix(text, "43/chat,2["):
			var a [1]answer
			json.Unmarshal([]byte(text[len("43/chat,2"):]), &a)
			s.answers <- a[0]
		case strings.HasPrefix(text, "42/chat,"):
			m.hear(text[len("42/chat,"):])
		case text[0] == '4':
			m.fault("it was told %.200s", text)
		}
	}
}

func (s *session) write(ctx context.Context, text string) {
	_ = s.conn.Write(ctx, websocket.MessageText, []byte(text)) // the reader learns of the end
}

func (m *member) fault(format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults = append(m.faults, fmt.Sprintf(format, args...))
}

func (m *member) joined(s *session, text string) {
	var a [1]answer
	err := json.Unmarshal([]byte(text), &a)
	m.mu.Lock()
	defer m.mu.Unlock()
	j := a[0]
	if err != nil || !j.OK || m.epoch != "" && (j.Reset || j.Epoch != m.epoch) {
		m.faults = append(m.faults, fmt.Sprintf("join: %v, %.300s", err, text))
		return
	}
	if m.epoch == "" && len(j.Messages) > 0 {
		m.seq = j.Messages[0].Seq - 1
	}
	for _, message := range j.Messages {
		m.heard(message)
	}
	m.epoch, m.rev = j.Epoch, j.Rev
	if len(m.tries) > 0 {
		m.backs++
	}
	m.now = s
}

func (m *member) hear(text string) {
	var event [2]json.RawMessage
	var name string
	var what message
	err := json.Unmarshal([]byte(text), &event)
	if err == nil {
		err = json.Unmarshal(event[0], &name)
	}
	if err == nil {
		err = json.Unmarshal(event[1], &what)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case err != nil:
		m.faults = append(m.faults, fmt.Sprintf("event: %v, %.300s", err, text))
	case name == "notice" && what.Code == "RESTART":
		m.told = true
	case name == "chat" || name == "join" || name == "exit":
		m.heard(what)
		m.rev = what.Rev
	default:
		m.faults = append(m.faults, fmt.Sprintf("event %.300s", text))
	}
}

// heard checks that every message comes once and in order; mu is held.
func (m *member) heard(what message) {
	if what.Seq != m.seq+1 {
		m.faults = append(m.faults, fmt.Sprintf("message %d came behind message %d", what.Seq, m.seq))
	}
	m.seq = what.Seq
	if m.texts != nil && what.Chat != "" {
		m.texts[what.Chat]++
	}
}

// in is the connection that is in the room, when there is one.
func (m *member) in() *session {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// say sends a text until it is acknowledged.
func (m *member) say(ctx context.Context, text string) {
	for ctx.Err() == nil {
		s := m.in()
		if s == nil {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		s.write(ctx, fmt.Sprintf(`42/chat,2["chat",{"room":%q,"cid":%q,"chat":%q}]`, m.room, text, text))
		select {
		case <-ctx.Done():
		case <-s.over:
		case a := <-s.answers:
			if a.OK {
				m.mu.Lock()
				m.acked[text] = true
				m.mu.Unlock()
				return
			}
			if a.Error.Code != "RATE_LIMITED" {
				m.fault("%q is answered %+v", text, a)
				return
			}
			time.Sleep(time.Duration(max(100, a.Error.RetryAfterMS)) * time.Millisecond)
		}
	}
}
