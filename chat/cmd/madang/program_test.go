package main

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat/web"
	"github.com/madang-chat/madang/internal/clientfiles"
)

// start runs the program on a free port.
func start(t *testing.T, dir string, proxies ...netip.Prefix) (*Main, *output) {
	t.Helper()
	log := newOutput()
	m := &Main{Listen: "localhost:0", Data: dir, Proxies: proxies, Log: newLogger(log, false, "text", slog.LevelInfo)}
	if err := m.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		m.Close()
		for line := range strings.Lines(log.String()) {
			if found := secrets.FindString(line); found != "" && !strings.Contains(line, "proxy="+found) {
				t.Errorf("S10: the log holds %q: %s", found, line)
			}
		}
	})
	return m, log
}

// secrets are what no line may hold: the tests' passwords and texts, tokens, addresses.
var secrets = regexp.MustCompile(`s3cret|wrong-pass|안녕|[^\w-][\w-]{43}[^\w-]|127\.0\.0\.[1-9]\d*|192\.0\.2\.[1-9]|198\.51\.100\.[1-9]|203\.0\.113\.[1-9]`)

func TestWholeVisit(t *testing.T) {
	m, log := start(t, t.TempDir())
	b := newBrowser(t, m.URL())
	page := b.do("GET", "/", "", "Accept: text/html")
	if _, built := web.FS(); built != (page.status == 200) || !built && page.status != 503 {
		t.Errorf("the page is built: %v, status %d", built, page.status)
	}
	room := b.openRoom(`{"title":"마당","password":"s3cret-pass"}`)
	b.sit(room)
	if a := b.do("POST", "/room/"+room+"/chat", `{"chat":"안녕","cid":"c1"}`); a.status != 200 {
		t.Fatalf("chat: %+v", a)
	}
	messages := b.history(room)
	if last := messages[len(messages)-1]; len(messages) != 3 || last.Chat != "안녕" || last.CID != "c1" {
		t.Errorf("history = %+v", messages)
	}
	client := b.do("GET", "/socket.io/socket.io.js", "")
	if _, built := clientfiles.FS(); built != (client.status == 200) {
		t.Errorf("the client is built: %v, status %d", built, client.status)
	}
	if a := b.do("GET", "/socket.io/?EIO=4&transport=polling", "", "Origin: https://evil.example"); a.status != 403 {
		t.Errorf("a foreign page connects: %+v", a)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if strings.Contains(log.String(), "s3cret") {
		t.Errorf("the log holds the password: %s", log)
	}
	if _, err := b.try("GET", "/healthz", ""); err == nil {
		t.Error("the server answers after its end")
	}
	if err := m.Close(); err != nil {
		t.Errorf("the second Close: %v", err)
	}
}

func TestRestartKeepsEverything(t *testing.T) {
	dir := t.TempDir()
	m, _ := start(t, dir)
	b := newBrowser(t, m.URL())
	room := b.openRoom(`{"title":"마당","password":"s3cret-pass"}`)
	b.sit(room)
	guest := newBrowser(t, m.URL())
	if a := guest.do("POST", "/room/"+room+"/enter", `{"password":"s3cret-pass"}`); a.status != 200 {
		t.Fatalf("enter: %+v", a)
	}
	for i := range 5 {
		if a := b.do("POST", "/room/"+room+"/chat", fmt.Sprintf(`{"chat":"%d"}`, i)); a.status != 200 {
			t.Fatalf("chat: %+v", a)
		}
	}
	before := b.history(room)
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}

	m, _ = start(t, dir)
	b.url, guest.url = m.URL(), m.URL()
	if after := b.history(room); !slices.Equal(before, after) {
		t.Errorf("history was %+v, is %+v", before, after)
	}
	// The session, its seat, the room's password and the grant are still known.
	if a := b.do("POST", "/room/"+room+"/chat", `{"chat":"again"}`); a.status != 200 {
		t.Errorf("chat: %+v", a)
	}
	if n := len(guest.history(room)); n != len(before)+1 {
		t.Errorf("the guest reads %d messages", n)
	}
	stranger := newBrowser(t, m.URL())
	if a := stranger.do("GET", "/room/"+room+"/messages", ""); a.status != 403 {
		t.Errorf("a stranger reads: %+v", a)
	}
}

func TestFailedTells(t *testing.T) {
	m, _ := start(t, t.TempDir())
	m.site.listener.Close()
	if err := <-m.Failed(); err == nil {
		t.Error("no error of a server that has stopped")
	}
}

func TestReadyWhileEnding(t *testing.T) {
	m, _ := start(t, t.TempDir())
	if err := m.ready(t.Context()); err != nil {
		t.Error(err)
	}
	m.Close()
	if err := m.ready(t.Context()); err == nil {
		t.Error("ready after the end")
	}
}

func TestS11DataIsPrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Log("modes mean nothing here")
		return
	}
	dir := filepath.Join(t.TempDir(), "data")
	for range 2 {
		m, _ := start(t, dir)
		for name, want := range map[string]os.FileMode{"": 0o700, "secret": 0o600, "chat.db": 0o600, "chat.db-wal": 0o600, "chat.db-shm": 0o600, "media": 0o700} {
			info, err := os.Stat(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if got := info.Mode().Perm(); got != want {
				t.Errorf("%q has mode %04o, want %04o", name, got, want)
			}
		}
		m.Close()
		// As an older version, or a copy, leaves them.
		if err := os.Chmod(filepath.Join(dir, "chat.db"), 0o644); err != nil {
			t.Fatal(err)
		}
	}

	refused := func(what string, words ...string) {
		t.Helper()
		m := &Main{Listen: "localhost:0", Data: dir, Log: slog.New(slog.DiscardHandler)}
		err := m.Run(t.Context())
		if err == nil {
			m.Close()
			t.Errorf("%s: the program starts", what)
			return
		}
		for _, word := range words {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	secret := filepath.Join(dir, "secret")
	os.Chmod(secret, 0o644)
	refused("readable secret", secret, "0644", "chmod")
	os.Chmod(secret, 0o600)
	os.Chmod(dir, 0o755)
	refused("readable folder", dir, "0755", "chmod")
	os.Chmod(dir, 0o700)
	os.WriteFile(secret, []byte("short"), 0o600)
	refused("cut secret", secret, "5 bytes")

	// An empty folder is closed to others.
	dir = filepath.Join(t.TempDir(), "empty")
	os.Mkdir(dir, 0o755)
	m, _ := start(t, dir)
	m.Close()
	if info, _ := os.Stat(dir); info.Mode().Perm() != 0o700 {
		t.Errorf("mode %04o", info.Mode().Perm())
	}
}

// The head of a request is held in memory, many times as long as it came: a visitor of a hundred
// rooms with passwords is served, a head of thousands of lines isn't.
func TestHeadsAreBounded(t *testing.T) {
	m, _ := start(t, t.TempDir())
	for lines, want := range map[string]int{
		"Cookie: " + strings.Repeat("grant_"+strings.Repeat("r", 22)+"="+strings.Repeat("g", 54)+"; ", 100) + "\r\n": http.StatusOK,
		strings.Repeat("x: y\r\n", 8000): http.StatusRequestHeaderFieldsTooLarge,
	} {
		c, err := net.Dial("tcp", m.site.listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(patience))
		go io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n"+lines+"\r\n")
		a, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || a.StatusCode != want {
			t.Errorf("%d bytes: %v, %v", len(lines), a, err)
		}
	}
}
