// Package apps drives the clients of eight official examples, as they are, in a browser: first
// against Node's server of the example, which proves the test, then against the port of that server
// in the folder of the same name.
//
// The examples aren't part of this repository: MONOREPO names a checkout of the official monorepo.
// What they need from npm is installed into copies below .build, which stay for the next time.
package apps

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/madang-chat/madang/internal/leak"
	"github.com/madang-chat/madang/internal/nodetest"
)

func TestMain(m *testing.M) { leak.Main(m) }

// An app is one of the examples. Its folders and files are below examples/NAME of the monorepo.
type app struct {
	name    string
	folder  string            // where its servers run
	node    []string          // how Node starts its server
	preload []string          // files of the folder node that are loaded before it
	source  []source          // of Node's server
	install []step            // what its server and its client need
	pages   map[string]string // built pages by the host that a browser finds them at
}

// A step is a command of the package manager.
type step struct {
	folder string
	npm    string
}

var all = []app{
	{
		name:    "chat",
		node:    []string{"index.js"},
		source:  []source{{file: "index.js"}},
		install: []step{{"", "install"}, {"", "install --no-save jquery@" + jquery}},
	},
	{
		name:    "whiteboard",
		node:    []string{"index.js"},
		source:  []source{{file: "index.js"}},
		install: []step{{"", "install"}},
	},
	{
		name:    "private-messaging",
		folder:  "server",
		node:    []string{"index.js"},
		preload: []string{"alone.cjs"},
		source: []source{
			{file: "server/index.js"},
			{"server/sessionStore.js", "InMemorySessionStore"},
			{"server/messageStore.js", "InMemoryMessageStore"},
		},
		install: []step{
			{"", "install"},
			{"", "run build"},
			{"server", "install"},
			{"server", "install --no-save --legacy-peer-deps ioredis-mock@7.4.0"},
		},
		pages: map[string]string{"localhost:8080": "dist"},
	},
	{
		name:   "basic-crud-application",
		folder: "server",
		node:   []string{"node_modules/ts-node/dist/bin.js", "lib/index.ts"},
		source: []source{
			{file: "server/lib/index.ts"},
			{file: "server/lib/app.ts"},
			{file: "server/lib/util.ts"},
			{file: "server/lib/todo-management/todo.handlers.ts"},
			{file: "server/lib/todo-management/todo.repository.ts"},
			{file: "common/events.ts"},
		},
		install: []step{
			{"vue-client", "install"},
			{"vue-client", "exec -- vue-cli-service build --mode development"},
			{"server", "install"},
		},
		pages: map[string]string{"localhost:4200": "vue-client/dist"},
	},
	{
		name:    "passport-example",
		folder:  "esm",
		node:    []string{"index.js"},
		source:  []source{{file: "esm/index.js"}},
		install: []step{{"esm", "install"}},
	},
	{
		name:    "express-session-example",
		folder:  "esm",
		node:    []string{"index.js"},
		source:  []source{{file: "esm/index.js"}},
		install: []step{{"esm", "install"}},
	},
	{
		name:    "connection-state-recovery-example",
		folder:  "esm",
		node:    []string{"index.js"},
		source:  []source{{file: "esm/index.js"}},
		install: []step{{"esm", "install"}},
	},
	{
		name:   "custom-parsers",
		node:   []string{"src/server.js"},
		source: []source{{file: "src/server.js"}, {file: "src/custom-parser.js"}},
		// Its webpack takes the module build of later clients, which isn't what its clients
		// require.
		install: []step{{"", "install socket.io-client@4.2.0"}, {"", "run build"}},
	},
}

// monorepo is the checkout; without one the test is skipped.
func monorepo(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("MONOREPO")
	if dir == "" {
		t.Skip("not run, needs a checkout of the official monorepo: MONOREPO=DIR make apps")
	}
	if _, err := os.Stat(filepath.Join(dir, "examples")); err != nil {
		t.Fatalf("MONOREPO: %v", err)
	}
	return dir
}

func TestOfficialClients(t *testing.T) {
	mono := monorepo(t)
	nodetest.Need(t, nodetest.Packages, nodetest.Chromium)
	for _, a := range all {
		t.Run(a.name, func(t *testing.T) {
			built := build(t, mono, a)
			t.Run("node", func(t *testing.T) { a.visit(t, built, a.startNode(t, built)) })
			t.Run("port", func(t *testing.T) { a.visit(t, built, a.startPort(t, built)) })
		})
	}
}

func (a app) startNode(t *testing.T, built string) *server {
	base := freePorts(t)
	options := "NODE_OPTIONS="
	for _, file := range append([]string{"shift.cjs"}, a.preload...) {
		options += " --require=" + abs(t, filepath.Join("node", file))
	}
	args := append([]string{"node"}, a.node...)
	return start(t, filepath.Join(built, a.folder), base, args, options, "BASE="+base.String())
}

func (a app) startPort(t *testing.T, built string) *server {
	path, err := nodetest.Build(t.TempDir(), "./interop/apps/"+a.name)
	if err != nil {
		t.Fatal(err)
	}
	base := freePorts(t)
	return start(t, filepath.Join(built, a.folder), base, []string{path}, "PORT="+base.String())
}

// visit runs the browser test of the app against a server.
func (a app) visit(t *testing.T, built string, s *server) {
	chromium, err := nodetest.ChromiumPath()
	if err != nil {
		t.Fatal(err)
	}
	rules := append(s.rules(), cdnRules(t, built)...)
	for host, folder := range a.pages {
		rules = append(rules, pageRule(t, host, filepath.Join(built, folder)))
	}
	rules = append(rules, "MAP * ~NOTFOUND")
	s.drive(t, filepath.Join(a.name, "browser.mjs"), chromium, strings.Join(rules, ", "))
}

func abs(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}
