package hosting

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/nodetest"
)

// Behind each proxy of docs/chat/hosting.md, set up by its snippet, the chat is what it is without
// one.
func TestO7Proxies(t *testing.T) {
	nodetest.Need(t, nodetest.Packages)
	for name, open := range fronts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPair(t)
			site, plain, app := nodetest.FreePort(t), nodetest.FreePort(t), nodetest.FreePort(t)
			f := open(t, p, site, plain, app)
			f.url, f.plain = fmt.Sprintf("https://%s:%d", chatName, site), fmt.Sprintf("http://%s:%d", chatName, plain)
			dir := t.TempDir()
			config := written(t, filepath.Join(dir, "madang.yaml"), replaced(t, snippetFor(t, "/etc/madang/madang.yaml"),
				"host: [chat.example.org]", fmt.Sprintf("host: ['%s:%d']", chatName, site), "data: /var/lib/madang\n", ""))
			chat := serve(t, filepath.Join(dir, "data"), "--config="+config, "--listen="+local(app), "--metrics=off")

			owner := newCaller(t, f.url, "127.0.0.1", p.roots)
			room := owner.openRoom("")
			clients := map[string]*proxied{}
			for _, transport := range []string{"polling", "websocket", "upgrade"} {
				clients[transport] = follow(t, owner, room, transport, p)
			}
			quiet := time.Now()
			servesPages(t, f, p)
			takesImages(t, owner, room)
			knowsVisitors(t, f, p)

			// A long poll that nothing comes for lasts 25 seconds; a proxy mustn't end it before.
			time.Sleep(time.Until(quiet.Add(27 * time.Second)))
			says(t, owner, room, "after a silence", clients)
			for transport, c := range clients {
				if c.has("lost") || c.has("refused") {
					t.Errorf("%s: %s", transport, c.process.out)
				}
			}

			f.reload()
			time.Sleep(time.Second)
			for transport, c := range clients { // who was cut off is back soon
				c.await(t, transport, func() bool { return c.last("joined") > c.last("lost") })
			}
			says(t, owner, room, "after a reload", clients)
			if log := chat.log.String(); strings.Contains(log, "ERROR") {
				t.Errorf("the log has an error: %s", log)
			}
		})
	}
}

// openRoom makes a room; a password of "" is none.
func (c *caller) openRoom(password string) (id string) {
	c.t.Helper()
	a := c.post("/room", fmt.Sprintf(`{"title":"마당","password":%q}`, password))
	var made struct {
		Room struct {
			ID string `json:"_id"`
		}
	}
	if err := json.Unmarshal([]byte(a.body), &made); err != nil || made.Room.ID == "" {
		c.t.Fatalf("a room: %d %s", a.status, a.body)
	}
	return made.Room.ID
}

// servesPages looks at the page, at who asks without TLS, and at what is nobody's.
func servesPages(t *testing.T, f *front, p pair) {
	t.Helper()
	c := newCaller(t, f.url, "127.0.0.4", p.roots)
	page := c.ask("GET", "/", nil, "Accept: text/html")
	if page.status != 200 && page.status != 503 || !strings.Contains(page.body, "<html") {
		t.Errorf("the page: %d %.200s", page.status, page.body)
	}
	if cookie := page.header.Get("Set-Cookie"); !strings.Contains(cookie, "__Host-sid=") || !strings.Contains(cookie, "Secure") {
		t.Errorf("the chat doesn't know that it is behind TLS: %q", cookie)
	}
	for path, status := range map[string]int{"/readyz": 200, "/healthz": 200, "/metrics": 404, "/debug/pprof/": 404} {
		if a := c.ask("GET", path, nil); a.status != status {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	a := newCaller(t, f.plain, "127.0.0.4", nil).ask("GET", "/room/x", nil)
	if to := a.header.Get("Location"); a.status/100 != 3 || !strings.HasPrefix(to, "https://"+chatName) || !strings.HasSuffix(to, "/room/x") {
		t.Errorf("without TLS: %d, to %q", a.status, to)
	}
}

// takesImages sends the largest image that the chat takes, and a larger one, of which the chat has
// to speak and not the proxy.
func takesImages(t *testing.T, c *caller, room string) {
	t.Helper()
	if a := c.upload(room, 5<<20); a.status != 200 {
		t.Errorf("5 MiB: %d %s", a.status, a.body)
	}
	if a := c.upload(room, 5<<20+1); a.status != 413 || !strings.Contains(a.body, `"limit":"upload"`) {
		t.Errorf("a byte more: %d %s", a.status, a.body)
	}
}

// knowsVisitors guesses a password until that is over, claiming to be others, which counts for
// nobody else.
func knowsVisitors(t *testing.T, f *front, p pair) {
	t.Helper()
	locked := newCaller(t, f.url, "127.0.0.5", p.roots).openRoom("s3cret-pass")
	enter := func(from, password, forged string) int {
		c := newCaller(t, f.url, from, p.roots)
		return c.post("/room/"+locked+"/enter", fmt.Sprintf(`{"password":%q}`, password), "X-Forwarded-For: "+forged).status
	}
	for i := range 10 {
		if status := enter("127.0.0.6", "wrong", fmt.Sprintf("203.0.113.%d", i)); status != 403 {
			t.Errorf("guess %d: %d", i+1, status)
		}
	}
	if status := enter("127.0.0.6", "s3cret-pass", "203.0.113.99"); status != 429 {
		t.Errorf("a guess too many: %d", status)
	}
	if status := enter("127.0.0.7", "s3cret-pass", "127.0.0.6"); status != 200 {
		t.Errorf("somebody else: %d", status)
	}
}

// A proxied is the official client in a process of Node.
type proxied struct{ process *process }

// follow starts a client of a visitor in a room, and waits until it is in.
func follow(t *testing.T, c *caller, room, transport string, p pair) *proxied {
	t.Helper()
	cmd := exec.Command("node", "proxied.mjs", c.url, room, transport)
	cmd.Env = append(os.Environ(), "COOKIE="+c.cookies(), "NODE_EXTRA_CA_CERTS="+p.cert)
	in, err := cmd.StdinPipe() // its end ends the client
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { io.Closer(in).Close() })
	f := &proxied{start(t, cmd)}
	goes := "polling"
	if transport != "polling" {
		goes = "websocket"
	}
	f.await(t, transport, func() bool { return f.has("joined true " + goes) })
	return f
}

func (c *proxied) await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	c.process.await(what, holds)
}

func (c *proxied) has(text string) bool { return strings.Contains(c.process.out.String(), text) }

func (c *proxied) last(text string) int { return strings.LastIndex(c.process.out.String(), text) }

// says posts a message, which has to come at once: not with the end of a poll.
func says(t *testing.T, from *caller, room, text string, to map[string]*proxied) {
	t.Helper()
	sent := time.Now()
	if a := from.post("/room/"+room+"/chat", fmt.Sprintf(`{"chat":%q,"cid":%q}`, text, strings.ReplaceAll(text, " ", "-"))); a.status >= 300 {
		t.Fatalf("%s: %d %s", text, a.status, a.body)
	}
	for transport, c := range to {
		c.await(t, transport, func() bool { return c.has("heard " + text) })
	}
	if held := time.Since(sent); held > 10*time.Second {
		t.Errorf("%q was held back for %v", text, held)
	}
}
