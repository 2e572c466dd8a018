// Package trial starts an example as its user does, copied out of the repository, and a real
// browser on its page.
//
// A Program belongs to the test that started it and ends with it; Saw and Match may be called by
// any goroutine of that test.
package trial

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/nodetest"
)

// patience is how long a program may take to say or do something; far more than it needs.
const patience = time.Minute

// A Program is a running example.
type Program struct {
	URL    string // http://localhost:PORT
	Folder string // the copy of the example

	path    string
	env     []string
	cmd     *exec.Cmd
	printed *output
	gone    chan struct{} // closed when the program has ended
	err     error         // how; to be read then
}

// Start copies examples/NAME out of the repository, builds it there, and runs it on a free port
// with a data folder of its own and the clients of npm. What env says wins. The program has to end
// well on SIGTERM when the test is over.
func Start(t *testing.T, name string, env ...string) *Program {
	t.Helper()
	folder := Copy(t, name)
	path, err := nodetest.Build(t.TempDir(), folder)
	if err != nil {
		t.Fatal(err)
	}
	p := &Program{Folder: folder, path: path, env: []string{"PORT=0", "DATA=" + t.TempDir()}}
	packages := filepath.Join(nodetest.Root(), "node_modules")
	if _, err := os.Stat(packages); err == nil {
		p.env = append(p.env, "CLIENT="+filepath.Join(packages, "socket.io-client", "dist"), "CLIENT_1_4_8="+filepath.Join(packages, "client-1.4.8"))
	}
	p.env = append(p.env, env...)
	p.run(t)
	return p
}

func (p *Program) run(t *testing.T) {
	t.Helper()
	printed := &output{grown: make(chan struct{})}
	cmd := exec.Command(p.path)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), p.env...)
	cmd.Stdout, cmd.Stderr = printed, printed
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.cmd, p.printed, p.gone = cmd, printed, make(chan struct{})
	go func() { // ends with the program, at the latest in Stop
		p.err = cmd.Wait()
		close(p.gone)
	}()
	t.Cleanup(func() { p.Stop(t) })
	p.URL = p.Match(t, `Open (http://localhost:\d+)\n`)[1]
}

// Stop sends SIGTERM and fails the test when the program doesn't end with status 0, or has ended
// before. It returns all that the program printed. Another Stop does nothing more.
func (p *Program) Stop(t *testing.T) string {
	t.Helper()
	p.cmd.Process.Signal(syscall.SIGTERM)
	kill := time.AfterFunc(patience, func() { p.cmd.Process.Kill() })
	defer kill.Stop()
	<-p.gone
	if p.err != nil {
		t.Errorf("on SIGTERM: %v\n%s", p.err, p.printed.text())
	}
	return p.printed.text()
}

// Restart ends the program and starts it again on the same port, with the same data unless env says
// otherwise.
func (p *Program) Restart(t *testing.T, env ...string) {
	t.Helper()
	p.Stop(t)
	u, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	p.env = append(append(p.env, "PORT="+u.Port()), env...)
	p.run(t)
}

// Saw waits until the program has printed text, on whatever output.
func (p *Program) Saw(t *testing.T, text string) {
	t.Helper()
	p.Match(t, regexp.QuoteMeta(text))
}

// Match waits until what the program printed matches a pattern, and returns the match and its
// groups.
func (p *Program) Match(t *testing.T, pattern string) []string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	late := time.After(patience)
	for {
		text, grown := p.printed.now()
		if m := re.FindStringSubmatch(text); m != nil {
			return m
		}
		select {
		case <-grown:
		case <-p.gone:
			t.Fatalf("the program ended (%v) and printed no %q:\n%s", p.err, pattern, text)
		case <-late:
			t.Fatalf("the program printed no %q:\n%s", pattern, text)
		}
	}
}

// RefusesForeign fails the test when a page of another host may open a socket.
func (p *Program) RefusesForeign(t *testing.T) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL+"/socket.io/?EIO=4&transport=polling", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Origin", "http://example.org")
	r.Close = true
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("a handshake of a page of %s: %d, want 403", r.Header.Get("Origin"), res.StatusCode)
	}
}

// Browser runs browser.mjs, in the folder of the test, with a real browser:
//
//	node browser.mjs URL CHROMIUM PROFILE_FOLDER MORE…
func Browser(t *testing.T, url string, more ...string) {
	t.Helper()
	nodetest.Need(t, nodetest.Packages, nodetest.Chromium)
	chromium, err := nodetest.ChromiumPath()
	if err != nil {
		t.Fatal(err)
	}
	run(t, "browser.mjs", append([]string{url, chromium, t.TempDir()}, more...))
}

// Node runs a script, in the folder of the test, that speaks with the program through the packages
// of npm, such as the official client:
//
//	node SCRIPT URL MORE…
func Node(t *testing.T, script, url string, more ...string) {
	t.Helper()
	nodetest.Need(t, nodetest.Packages)
	run(t, script, append([]string{url}, more...))
}

func run(t *testing.T, script string, args []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", append([]string{script}, args...)...)
	cmd.WaitDelay = 10 * time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", script, err, out)
	}
}

// output keeps what a program prints.
type output struct {
	mu    sync.Mutex
	all   strings.Builder // guarded by mu
	grown chan struct{}   // guarded by mu; closed and replaced with each write
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.grown)
	o.grown = make(chan struct{})
	return o.all.Write(b)
}

func (o *output) now() (string, <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.String(), o.grown
}

func (o *output) text() string {
	text, _ := o.now()
	return text
}
