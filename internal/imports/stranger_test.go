package imports

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/nodetest"
)

// mostHello is how large a stripped hello server may be, in bytes: 100,000 of them are the cluster,
// which the linker can't leave out.
const mostHello = 8_700_000

const hello = `package main

import (
	"context"
	"log"
	"net/http"

	"github.com/madang-chat/madang/socketio"
)

var Hello = socketio.NewEvent[string]("hello")

func main() {
	io := socketio.New(socketio.Options{})
	ns := io.Of("/")
	Hello.Handle(ns, func(ctx context.Context, s *socketio.Socket, text string) error {
		return Hello.Emit(ns, text)
	})
	log.Fatal(http.ListenAndServe(":3000", io))
}
`

// A stranger has the go command and what is published, and nothing of the repository.
type stranger struct {
	folder string // empty at first
	env    []string
}

// strangers publishes modules in a file proxy. What else they need comes from the module cache of
// this machine: nothing asks the network.
func strangers(t *testing.T, folders ...string) func(t *testing.T) stranger {
	proxy, cache := t.TempDir(), t.TempDir()
	for _, folder := range folders {
		publish(t, proxy, folder)
	}
	goEnv := func(name string) string {
		out, err := exec.Command("go", "env", name).Output()
		if err != nil {
			t.Fatalf("go env %s: %v", name, err)
		}
		return strings.TrimSpace(string(out))
	}
	file := func(folder string) string {
		return (&url.URL{Scheme: "file", Path: "/" + strings.TrimPrefix(filepath.ToSlash(folder), "/")}).String()
	}
	env := append(os.Environ(), "GOENV=off", "GOWORK=off", "GOTOOLCHAIN=local", "CGO_ENABLED=0", "GOFLAGS=-modcacherw -trimpath",
		"GOPROXY="+file(proxy)+","+file(filepath.Join(goEnv("GOMODCACHE"), "cache", "download")),
		"GONOPROXY=", "GOPRIVATE=", "GOSUMDB=off", "GOMODCACHE="+cache, "GOCACHE="+goEnv("GOCACHE"))
	return func(t *testing.T) stranger { return stranger{t.TempDir(), env} }
}

func (s stranger) run(t *testing.T, command string) {
	t.Helper()
	words := strings.Fields(command)
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir, cmd.Env = s.folder, s.env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
}

func (s stranger) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(s.folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestPublished(t *testing.T) {
	newcomer := strangers(t, ".", "socketio/sioprom")

	t.Run("a program that imports socketio alone", func(t *testing.T) {
		s := newcomer(t)
		s.write(t, "main.go", hello)
		s.run(t, "go mod init example.org/hello")
		s.run(t, "go get github.com/madang-chat/madang/socketio@"+version)
		with := slices.DeleteFunc(s.requires(t), func(path string) bool { return path+"/" == module })
		if !slices.Equal(with, requirements) {
			t.Errorf("with the library come %q, want %q", with, requirements)
		}
		s.env = append(s.env, "GOOS=linux", "GOARCH=amd64")
		s.run(t, "go build -ldflags=-s -o hello")
		info, err := os.Stat(filepath.Join(s.folder, "hello"))
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > mostHello {
			t.Errorf("a hello server has %d bytes, %d at most", info.Size(), mostHello)
		}
		t.Logf("%d bytes", info.Size())
	})

	for _, page := range []string{"start.md", "start.ko.md"} {
		t.Run("the guide's "+page, func(t *testing.T) { newcomer(t).follow(t, page) })
	}

	t.Run("a program with metrics", func(t *testing.T) {
		s := newcomer(t)
		s.write(t, "main.go", "package main\n\nimport _ \"github.com/madang-chat/madang/socketio/sioprom\"\n\nfunc main() {}\n")
		s.run(t, "go mod init example.org/metrics")
		s.run(t, "go get github.com/madang-chat/madang/socketio/sioprom")
		s.run(t, "go build -o metrics")
	})
}

// requires lists what stands in go.mod.
func (s stranger) requires(t *testing.T) []string {
	t.Helper()
	cmd := exec.Command("go", "mod", "edit", "-json")
	cmd.Dir, cmd.Env = s.folder, s.env
	out, err := cmd.Output()
	var mod goMod
	if err == nil {
		err = json.Unmarshal(out, &mod)
	}
	if err != nil {
		t.Fatalf("go mod edit -json: %v", err)
	}
	return mod.requires()
}

var (
	fileBlock  = regexp.MustCompile("(?m)`([\\w/]+\\.(?:go|html))`:$\n\n```\\w*\n((?s:.*?))^```$")
	shellBlock = regexp.MustCompile("(?m)^```sh\n((?s:.*?))^```$")
)

// follow does what a page of the guide says, word for word, but for the port. It begins with the
// files, and the page ends with `go run .`.
func (s stranger) follow(t *testing.T, page string) {
	text, err := os.ReadFile(filepath.Join(nodetest.Root(), "docs", "guide", page))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, m := range fileBlock.FindAllStringSubmatch(string(text), -1) {
		files[m[1]] = m[2]
		s.write(t, m[1], m[2])
	}
	shell := shellBlock.FindStringSubmatch(string(text))
	if len(files) != 2 || shell == nil {
		t.Fatalf("found the files %q and the commands %q", files, shell)
	}
	commands, ok := strings.CutSuffix(shell[1], "go run .\n")
	if !ok {
		t.Fatalf("the commands don't end with go run: %q", shell[1])
	}
	for command := range strings.Lines(commands) {
		s.run(t, command)
	}

	const port = `":3000"`
	if !strings.Contains(files["main.go"], port) {
		t.Fatal("main.go doesn't listen on " + port)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	s.write(t, "main.go", strings.Replace(files["main.go"], port, `"`+address+`"`, 1))
	s.run(t, "go build -o server.exe .")
	program := exec.Command(filepath.Join(s.folder, "server.exe"))
	program.Dir = s.folder
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	defer program.Wait()
	defer program.Process.Kill()

	if got := fetch(t, "http://"+address+"/"); got != files["static/index.html"] {
		t.Errorf("the page is %q", got)
	}
	if got := fetch(t, "http://"+address+"/socket.io/?EIO=4&transport=polling"); !strings.HasPrefix(got, `0{"sid":`) {
		t.Errorf("a client is answered %q", got)
	}
}

// fetch waits for a server that is starting.
func fetch(t *testing.T, url string) string {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second}
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		resp, err := client.Get(url)
		if err != nil && time.Now().Before(end) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
}
