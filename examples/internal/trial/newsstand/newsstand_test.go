package newsstand

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/examples/internal/trial"
	"github.com/madang-chat/madang/internal/leak"
	"github.com/madang-chat/madang/internal/nodetest"
)

func TestMain(m *testing.M) { leak.Main(m) }

// One program after the other, since each build takes seconds.
func TestProgram(t *testing.T) {
	p := trial.Start(t, "newsstand")
	t.Run("REST", func(t *testing.T) { rest(t, p.URL) })
	t.Run("CORS", func(t *testing.T) { cors(t, p.URL) })
	before := list(t, p.URL)
	p.Restart(t)
	if after := list(t, p.URL); after != before {
		t.Errorf("after a restart:\n%s\nbefore:\n%s", after, before)
	}
	t.Run("sockets", func(t *testing.T) { trial.Node(t, "sockets.mjs", p.URL) })
	t.Run("page", func(t *testing.T) { page(t, p) })
}

// client is the folder of the page.
const client = "../../../newsstand/client"

// The page comes from another origin, as in the tutorial: here a file server with the built client.
func page(t *testing.T, p *trial.Program) {
	nodetest.Need(t, nodetest.Packages, nodetest.Chromium)
	if _, err := os.Stat(filepath.Join(client, "node_modules", ".package-lock.json")); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("with CI=true nothing may be missing: %v", err)
		}
		t.Skipf("not run, needs npm --prefix examples/newsstand/client ci: %v", err)
	}
	dist := t.TempDir()
	build := exec.CommandContext(t.Context(), "npm", "run", "build", "--", "--outDir", dist)
	build.Dir = client
	build.Env = append(os.Environ(), "VITE_BACKEND_URL="+p.URL)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the client: %v\n%s", err, out)
	}
	pages := httptest.NewServer(http.FileServerFS(os.DirFS(dist)))
	defer pages.Close()
	p.Restart(t, "DATA="+t.TempDir(), "CLIENT_ORIGIN="+pages.URL)
	trial.Browser(t, pages.URL, p.URL)
	p.Stop(t)
}

const (
	asJSON = "application/json"
	asForm = "application/x-www-form-urlencoded"
)

func rest(t *testing.T, url string) {
	if got := list(t, url); got != "[]\n" {
		t.Errorf("an empty list is %q", got)
	}
	twenty, fifty := strings.Repeat("가", 20), strings.Repeat("😀", 50)
	for _, c := range []struct {
		kind, body string
		want       int
	}{
		{asJSON, `{"nickname":"하나","message":"<b>\"안녕\" & 👋"}`, http.StatusCreated},
		{asForm, "nickname=둘&message=a%26b%2Bc", http.StatusCreated},
		{asJSON + "; charset=utf-8", `{"nickname":"` + twenty + `","message":"` + fifty + `"}`, http.StatusCreated},
		{asJSON, `{"nickname":"` + twenty + `가","message":"x"}`, http.StatusBadRequest},
		{asJSON, `{"nickname":"x","message":"` + fifty + `y"}`, http.StatusBadRequest},
		{asJSON, `{"nickname":" ","message":"x"}`, http.StatusBadRequest},
		{asJSON, `null`, http.StatusBadRequest},
		{asJSON, `{"nickname":7,"message":"x"}`, http.StatusBadRequest},
		{asJSON, `{`, http.StatusBadRequest},
		{asForm, "nickname=x", http.StatusBadRequest},
		{"text/plain", `{"nickname":"x","message":"x"}`, http.StatusUnsupportedMediaType},
		{asJSON, `{"nickname":"` + strings.Repeat("x", 16<<10) + `","message":"x"}`, http.StatusRequestEntityTooLarge},
	} {
		res, err := http.Post(url+"/chats", c.kind, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != c.want {
			t.Errorf("POST %.60s: %d, want %d", c.body, res.StatusCode, c.want)
		}
	}
	type line struct{ Nickname, Message string }
	var chats []struct {
		ChatID int64
		line
		CreatedAt time.Time
	}
	if err := json.Unmarshal([]byte(list(t, url)), &chats); err != nil {
		t.Fatal(err)
	}
	want := []line{{"하나", `<b>"안녕" & 👋`}, {"둘", "a&b+c"}, {twenty, fifty}}
	if len(chats) != len(want) {
		t.Fatalf("%d chats: %v", len(chats), chats)
	}
	for i, c := range chats {
		if c.line != want[i] || c.ChatID != int64(i+1) || c.CreatedAt.IsZero() {
			t.Errorf("chat %d: %+v", i, c)
		}
	}
	for path, want := range map[string]string{"/": "Newsstand Server", "/logo.svg": "<svg"} {
		if status, _, body := ask(t, "GET", url+path, ""); status != 200 || !strings.HasPrefix(body, want) {
			t.Errorf("GET %s: %d %.40q", path, status, body)
		}
	}
	if status, _, _ := ask(t, "GET", url+"/nothing", ""); status != http.StatusNotFound {
		t.Errorf("GET /nothing: %d", status)
	}
}

// One foreign origin may read and post.
func cors(t *testing.T, url string) {
	const page, other = "http://localhost:5173", "http://localhost:5174"
	polling := url + "/socket.io/?EIO=4&transport=polling"
	for _, c := range []struct {
		method, url, origin string
		status              int
		allowed             string
	}{
		{"GET", polling, page, 200, page},
		{"GET", polling, "", 200, page},
		{"GET", polling, other, 403, page},
		{"OPTIONS", polling, page, 204, page},
		{"GET", url + "/chats", page, 200, page},
		{"OPTIONS", url + "/chats", page, 204, page},
		{"POST", url + "/chats", other, 403, page},
		{"POST", url + "/chats", page, 415, page},
	} {
		status, header, _ := ask(t, c.method, c.url, c.origin)
		if allowed := header.Get("Access-Control-Allow-Origin"); status != c.status || allowed != "" && allowed != c.allowed {
			t.Errorf("%s %s from %q: %d for %q", c.method, c.url, c.origin, status, allowed)
		} else if c.origin == page && allowed != page {
			t.Errorf("%s %s from %q: allowed is %q", c.method, c.url, c.origin, allowed)
		}
	}
}

func list(t *testing.T, url string) string {
	status, header, body := ask(t, "GET", url+"/chats", "")
	if status != 200 || !strings.HasPrefix(header.Get("Content-Type"), asJSON) {
		t.Errorf("GET /chats: %d, %s", status, header.Get("Content-Type"))
	}
	return body
}

func ask(t *testing.T, method, url, origin string) (int, http.Header, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if origin != "" {
		r.Header.Set("Origin", origin)
	}
	if method == "OPTIONS" {
		r.Header.Set("Access-Control-Request-Method", "POST")
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(body)
}
