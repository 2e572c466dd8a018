package live_test

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/live"
)

// refusal checks an error object of a limit.
func refusal(t *testing.T, e object, code, limit string, n int) {
	t.Helper()
	wait, _ := e["retryAfterMs"].(float64)
	text, _ := e["message"].(string)
	if e["code"] != code || e["limit"] != limit || e["n"] != float64(n) || wait <= 0 || e["retryable"] != true || text == "" {
		t.Fatalf("refused with %v, want %s by %s, %d", e, code, limit, n)
	}
}

// tellsWhy opens a connection that is told in both namespaces why it has to go, and goes.
func (r *rig) tellsWhy(header http.Header, code, limit string, n int) {
	r.t.Helper()
	c := r.dial(header)
	for _, ns := range []string{"/room", "/chat"} {
		p := c.connect(ns)
		e, _ := p.data["data"].(object)
		if p.kind != '4' {
			r.t.Fatalf("%s is entered: %s", ns, p.text)
		}
		refusal(r.t.(*testing.T), e, code, limit, n)
	}
	for c.pump("the end") {
	}
}

func (p *person) header() http.Header {
	return http.Header{"Origin": {p.rig.url}, "Cookie": {"sid=" + p.token}}
}

// shake asks for a session over polling.
func (r *rig) shake(query string, header http.Header) (status int, retry string, failure object) {
	r.t.Helper()
	req, _ := http.NewRequestWithContext(context.Background(), "GET", r.url+"/socket.io/?EIO=4&transport=polling"+query, nil)
	req.Header = header
	res, err := cmp.Or(r.clientFor(header), http.DefaultClient).Do(req)
	if err != nil {
		return 0, "", nil
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	var f struct{ Error object }
	_ = json.Unmarshal(body, &f)
	return res.StatusCode, res.Header.Get("Retry-After"), f.Error
}

// empty waits until no connection is counted any more.
func (r *rig) empty() {
	r.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		n, networks, sessions := r.door.Places()
		if n+networks+sessions == 0 {
			return
		}
		if time.Now().After(end) {
			r.t.Fatalf("%d connections of %d networks and %d visitors are counted, and there are %d", n, networks, sessions, r.door.Server().CountConnections())
		}
	}
}

// The limits as they are when nobody sets them, but for what a test that asks on and on runs into.
func TestD3SocketsOfOneVisitor(t *testing.T) {
	r := start(t, chat.Limits{Offences: -1, OffencesPerAddress: -1}, live.Options{})
	kim := r.person()
	var tabs []*client
	for range 10 {
		tabs = append(tabs, kim.tab())
	}
	r.tellsWhy(kim.header(), "RATE_LIMITED", "sockets-per-identity", 10)
	r.person().tab() // somebody else at the same address
	tabs[3].close()
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		if n, _, _ := r.door.Places(); n == 10 { // nine of them, and somebody else's
			break
		}
		if time.Now().After(end) {
			t.Fatal("the place of a closed tab isn't free")
		}
	}
	kim.tab()
	// Without cookies nobody is a visitor; the address has its limits all the same.
	var hands sync.WaitGroup
	var refused atomic.Int32
	for range 100 {
		hands.Go(func() {
			status, retry, e := r.shake("", nil)
			if e["limit"] != "handshakes-per-second" {
				return // there was a place, or none
			}
			refused.Add(1)
			seconds, _ := strconv.Atoi(retry)
			if status != http.StatusTooManyRequests || seconds < 1 || e["code"] != "RATE_LIMITED" || e["n"] != 20.0 {
				t.Errorf("status %d, Retry-After %q, %v", status, retry, e)
			}
		})
	}
	hands.Wait()
	if refused.Load() == 0 {
		t.Error("a hundred handshakes at once are taken")
	}
}

func TestD3SocketsOfOneAddress(t *testing.T) {
	limits := quick()
	limits.SocketsPerAddress = 0
	r := start(t, limits, live.Options{})
	for range 50 {
		r.person().tab()
	}
	r.tellsWhy(r.person().header(), "RATE_LIMITED", "sockets-per-address", 50)

	// Those that come to be told are few.
	for range 10 {
		r.dial(r.person().header())
	}
	status, retry, e := r.shake("", r.person().header())
	refusal(t, e, "RATE_LIMITED", "sockets-per-address", 50)
	if status != http.StatusTooManyRequests || retry != "5" {
		t.Errorf("status %d, Retry-After %q", status, retry)
	}
}

// Where an address is full, everybody comes in before anybody comes in twice.
func TestD3FirstConnectionsComeFirst(t *testing.T) {
	limits := quick()
	limits.SocketsPerAddress = 4
	r := start(t, limits, live.Options{})
	greedy, others := r.person(), []*person{r.person(), r.person()}
	greedy.tab()
	greedy.tab()
	others[0].tab()
	others[1].tab()
	r.person().tab() // greedy's second one ends for it
	r.tellsWhy(r.person().header(), "RATE_LIMITED", "sockets-per-address", 4)
	r.tellsWhy(greedy.header(), "RATE_LIMITED", "sockets-per-address", 4)
}

func TestD3SocketsInAll(t *testing.T) {
	limits := quick()
	limits.Sockets = 3
	r := start(t, limits, live.Options{})
	for range 3 {
		r.person().tab()
	}
	r.tellsWhy(r.person().header(), "UNAVAILABLE", "sockets", 3)
	for range 10 {
		r.dial(r.person().header())
	}
	if status, _, e := r.shake("", nil); status != http.StatusServiceUnavailable {
		t.Errorf("status %d %v", status, e)
	}
}

// A Unix socket has no addresses: who comes over it isn't counted by one.
func TestD3UnixSocket(t *testing.T) {
	limits := quick()
	limits.SocketsPerAddress, limits.HandshakesPerSecond = 2, 2
	r := start(t, limits, live.Options{})
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		q.RemoteAddr = "@"
		r.door.ServeHTTP(w, q)
	}))
	defer h.Close()
	defer h.CloseClientConnections()
	r.url = h.URL
	var tabs []*client
	for range 6 {
		tabs = append(tabs, r.person().tab())
	}
	for _, c := range tabs {
		c.close()
	}
	r.empty()
}

// counting is a store that counts how often it is asked for a session, and may panic then.
type counting struct {
	chat.Store
	asked  atomic.Int32
	panics atomic.Bool
}

func (s *counting) Session(ctx context.Context, hash [32]byte) (chat.Session, error) {
	s.asked.Add(1)
	if s.panics.Load() {
		panic("out of order")
	}
	return s.Store.Session(ctx, hash)
}

func TestD3RefusedHandshakesCostNoQuery(t *testing.T) {
	store := new(counting)
	limits := quick()
	limits.HandshakesPerSecond, limits.OffencesPerAddress = 3, -1
	r := startOn(t, t.TempDir(), limits, live.Options{}, func(s chat.Store) chat.Store { store.Store = s; return store })
	kim := r.person()
	foreign := kim.header()
	foreign.Set("Origin", "https://evil.example")
	if status, _, e := r.shake("", foreign); status != http.StatusForbidden || e["code"] != "BAD_ORIGIN" {
		t.Errorf("status %d, %v", status, e)
	}
	if n := store.asked.Load(); n != 0 {
		t.Errorf("a foreign page costs %d queries", n)
	}
	ok := int32(0)
	for i := range 50 {
		stranger := kim.header()
		stranger.Set("Cookie", "sid="+base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%032d", i)))
		if status, _, _ := r.shake("", stranger); status == http.StatusOK {
			ok++
		}
	}
	if n := store.asked.Load(); n != ok || ok > 40 {
		t.Errorf("%d queries, %d handshakes of 50", n, ok)
	}
}

// However a connection ends, its place is free again, once.
func TestD3PlacesAreGivenBack(t *testing.T) {
	store := new(counting)
	limits := quick()
	limits.ConnectTimeout, limits.SocketsPerIdentity = 2*time.Second, 4
	r := startOn(t, t.TempDir(), limits, live.Options{}, func(s chat.Store) chat.Store { store.Store = s; return store })
	foreign := http.Header{"Origin": {"https://evil.example"}}
	for range 5 {
		kim := r.person()
		odd := kim.header()
		odd.Set("X-Large", strings.Repeat("x", 40<<10))
		r.shake("", nil)
		r.shake("", kim.header())
		r.shake("", odd)
		r.shake("", foreign)
		r.shake("&transport=carrier-pigeon", kim.header())
		r.shake("&EIO=3", kim.header())
		r.shake("&sid=nobody", kim.header())
		kim.dial()
		kim.dial().close()
		r.dial(http.Header{}).connect("/chat")
		c := kim.dial()
		c.connect("/nowhere")
		c.close()
		for range 5 {
			kim.dial().connect("/room")
		}
		r.upgrade(kim)
		store.panics.Store(true)
		r.shake("", r.person().header())
		store.panics.Store(false)
	}
	for _, c := range r.clients {
		c.close()
	}
	r.empty()
	r.log.wants(t, "out of order")
	r.log.forget()
}

// upgrade opens a connection over polling and takes it to a WebSocket.
func (r *rig) upgrade(p *person) {
	r.t.Helper()
	req, _ := http.NewRequestWithContext(context.Background(), "GET", r.url+"/socket.io/?EIO=4&transport=polling", nil)
	req.Header = p.header()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	var open struct{ SID string }
	if res.StatusCode != http.StatusOK {
		return // there are too many
	}
	if err := json.Unmarshal(body[1:], &open); err != nil {
		r.t.Fatalf("%s: %v", body, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	url := "ws" + strings.TrimPrefix(r.url, "http") + "/socket.io/?EIO=4&transport=websocket&sid=" + open.SID
	conn, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPHeader: p.header()})
	if err != nil {
		r.t.Fatal(err)
	}
	defer conn.CloseNow()
	_ = conn.Write(ctx, websocket.MessageText, []byte("2probe"))
	if _, data, err := conn.Read(ctx); err != nil || string(data) != "3probe" {
		r.t.Fatalf("probe: %q, %v", data, err)
	}
	_ = conn.Write(ctx, websocket.MessageText, []byte("5"))
}

// Who has a whole site of IPv6 has 65,536 addresses, but not as many times the sockets.
func TestD3SocketsOfOneSite(t *testing.T) {
	limits := quick()
	limits.SocketsPerAddress, limits.AddressesPerSite, limits.ConnectTimeout = 1, 2, 2*time.Second
	r := start(t, limits, live.Options{})
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		q.RemoteAddr = q.Header.Get("X-From")
		r.door.ServeHTTP(w, q)
	}))
	defer h.Close()
	defer h.CloseClientConnections()
	r.url = h.URL
	for _, c := range []struct {
		from   string
		status int
	}{
		{"[2001:db8:1:1::1]:1", http.StatusOK}, {"[2001:db8:1:2::1]:1", http.StatusOK}, {"[2001:db8:1:3::1]:1", http.StatusTooManyRequests},
		{"[2001:db8:2:1::1]:1", http.StatusOK}, {"192.0.2.1:1", http.StatusOK},
	} {
		if status, _, e := r.shake("", http.Header{"X-From": {c.from}}); status != c.status {
			t.Errorf("%s: %d %v", c.from, status, e)
		}
	}
	r.empty()
}
