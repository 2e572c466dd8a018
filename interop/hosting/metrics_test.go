package hosting

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/nodetest"
)

// watched is a server with a Prometheus that looks at it.
type watched struct {
	t          *testing.T
	site       string
	metrics    string
	prometheus string
}

// watch starts both, Prometheus by the file of the page.
func watch(t *testing.T) *watched {
	t.Helper()
	site, metrics, port := nodetest.FreePort(t), nodetest.FreePort(t), nodetest.FreePort(t)
	serve(t, t.TempDir(), "--listen="+local(site), "--metrics="+local(metrics), "--limit=creates-per-address=100")
	w := &watched{t, "http://" + local(site), "http://" + local(metrics) + "/metrics", "http://" + local(port)}

	page := read(t, "docs/chat/monitoring.md")
	_, config, _ := strings.Cut(page, "```yaml\n")
	config, _, ok := strings.Cut(config, "```\n")
	for _, change := range [][2]string{{"localhost:8006", local(metrics)}, {"scrape_interval: 15s", "scrape_interval: 250ms"},
		{"alerts.yml", filepath.Join(nodetest.Root(), "docs", "chat", "alerts.yml")}} {
		ok = ok && strings.Count(config, change[0]) == 1
		config = strings.Replace(config, change[0], change[1], 1)
	}
	if !ok {
		t.Fatalf("the page has another configuration:\n%s", config)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	path, err := nodetest.ProgramPath(nodetest.Prometheus)
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, exec.Command(path, "--config.file="+file, "--storage.tsdb.path="+filepath.Join(dir, "data"),
		"--web.listen-address="+local(port), "--log.level=warn"))
	p.await("the first scrapes", func() bool { return len(w.query("madang_ready offset 1s")) == 1 })
	return w
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(nodetest.Root(), filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// sample is one series of an answer.
type sample struct {
	Metric map[string]string
	Value  [2]any
}

// query asks Prometheus; nil while it isn't there yet.
func (w *watched) query(expr string) []sample {
	w.t.Helper()
	a, err := http.Get(w.prometheus + "/api/v1/query?query=" + url.QueryEscape(expr))
	if err != nil {
		return nil
	}
	defer a.Body.Close()
	var answer struct {
		Status, Error string
		Data          struct{ Result []sample }
	}
	if err := json.NewDecoder(a.Body).Decode(&answer); err != nil {
		return nil
	}
	if answer.Status == "error" {
		w.t.Errorf("%s: %s", expr, answer.Error)
	}
	return answer.Data.Result
}

// known tells whether an answer has a number.
func known(all []sample) bool {
	for _, s := range all {
		if s.Value[1] != "NaN" {
			return true
		}
	}
	return false
}

// people are a few visitors who do a little of everything, for a while.
func (w *watched) people(rounds int) {
	w.t.Helper()
	gif := []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b")
	owner := newVisitor(w.t, w.site)
	room := owner.open("Yard")
	join := map[string]any{"room": room}
	owner.connect()
	owner.ask("join", join)
	for range rounds {
		v := newVisitor(w.t, w.site)
		gone := v.open("Another")
		v.connect()
		joined := v.ask("join", join)
		v.upload(room, []byte("no image"))
		if code := v.upload(room, gif); code != http.StatusOK {
			w.t.Fatalf("an image: status %d", code)
		}
		for i := range 12 { // more than may be at once
			v.ask("chat", map[string]any{"room": room, "cid": fmt.Sprint("c", i/2), "chat": "hello"})
		}
		v.connect()
		v.ask("join", map[string]any{"room": room, "since": map[string]any{"epoch": joined["epoch"], "rev": joined["rev"]}})
		v.ask("join", map[string]any{"room": room, "since": map[string]any{"epoch": "another", "rev": 1}})
		v.do("GET", "/room/"+room+"/messages", "", nil, nil)
		v.do("GET", "/nothing", "", nil, nil)
		v.ask("leave", join)
		v.drop()
		v.do("DELETE", "/room/"+gone, "", nil, nil)
		time.Sleep(300 * time.Millisecond)
	}
	w.t.Cleanup(owner.drop)
}

// TestO6DashboardIsAnswered asks a real Prometheus what the dashboard would.
func TestO6DashboardIsAnswered(t *testing.T) {
	nodetest.Need(t, nodetest.Prometheus, nodetest.Promtool)
	w := watch(t)
	w.people(5)
	var board struct {
		Title, UID    string
		SchemaVersion int
		Templating    struct{ List []struct{ Name string } }
		Panels        []struct {
			ID                       int
			Type, Title, Description string
			Targets                  []struct{ Expr string }
		}
	}
	text := read(t, "docs/chat/grafana.json")
	if err := json.Unmarshal([]byte(text), &board); err != nil {
		t.Fatal(err)
	}
	fill := strings.NewReplacer("$__rate_interval", "1m", "$instance", ".*")
	ids, queries := map[int]bool{}, 0
	for _, p := range board.Panels {
		if ids[p.ID] || p.Title == "" || p.Type != "row" && (p.Description == "" || len(p.Targets) == 0) {
			t.Errorf("panel %d %q: twice, or it lacks a title, a description or a query", p.ID, p.Title)
		}
		ids[p.ID] = true
		for _, target := range p.Targets {
			queries++
			expr := fill.Replace(target.Expr)
			if strings.Contains(expr, "$") {
				t.Errorf("%s: a variable that Grafana doesn't know: %s", p.Title, target.Expr)
			}
			// A proxy has the certificate here, and heartbeats take half a minute.
			if quiet := strings.Contains(expr, "certificate") || strings.Contains(expr, "heartbeat"); !known(w.query(expr)) && !quiet {
				t.Errorf("%s: no data for %s", p.Title, expr)
			}
		}
	}
	if queries < 30 || board.SchemaVersion < 39 || len(board.Templating.List) != 2 || !strings.Contains(text, `"uid": "${datasource}"`) {
		t.Errorf("the dashboard isn't as it should: %d queries, %+v", queries, board.Templating)
	}
	if all := w.query(`ALERTS{alertname!="MadangManyRefusals"}`); len(all) > 0 {
		t.Errorf("alerts of a healthy server: %v", all)
	}
	w.lint()
}

// lint lets promtool look at a busy scrape.
func (w *watched) lint() {
	w.t.Helper()
	a, err := http.Get(w.metrics)
	if err != nil {
		w.t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	promtool(w.t, string(text), "check", "metrics")
	if lines := strings.Count(string(text), "\n"); lines > 1000 {
		w.t.Errorf("a scrape has %d lines", lines)
	}
	for _, name := range regexp.MustCompile(`(?m)^[a-z]\w+`).FindAllString(string(text), -1) {
		if !strings.HasPrefix(name, "madang_") && !strings.HasPrefix(name, "socketio_") && !strings.HasPrefix(name, "go_") &&
			!strings.HasPrefix(name, "process_") {
			w.t.Errorf("%s has no name of ours", name)
		}
	}
}

// promtool fails the test when it has something to say.
func promtool(t *testing.T, in string, args ...string) {
	t.Helper()
	path, err := nodetest.ProgramPath(nodetest.Promtool)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Stdin = strings.NewReader(in)
	if out, err := cmd.CombinedOutput(); err != nil || args[1] == "metrics" && len(out) > 0 {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}
