// Package imports holds the layout of the repository as tests: who may import whom, what each
// module requires, that a clone without npm builds, vets and tests, and that what is published
// works for somebody else.
package imports

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/madang-chat/madang/internal/leak"
	"github.com/madang-chat/madang/internal/nodetest"
)

func TestMain(m *testing.M) { leak.Main(m) }

const module = "github.com/madang-chat/madang/"

// A rule says what the packages of a folder may import, subfolders without a rule of their own
// included. Patterns: "x" is that package, "x/..." all below it too. The standard library is
// always allowed unless never names it.
type rule struct {
	folder string
	ours   []string // packages of the repository, without the name of its root
	others []string // packages of other modules
	never  []string // counts for indirect imports too
}

const (
	jsonCodec = "github.com/go-json-experiment/json/..."
	anyOther  = "*"
)

// rules is the import table of the design. The longest folder that matches a package counts. A
// package without a rule fails the test: it needs a place in the design first.
var rules = []rule{
	{folder: "internal"},
	{folder: "internal/jsonx", others: []string{jsonCodec}},
	{folder: "internal/poll", ours: []string{"internal/calm"}, others: []string{"golang.org/x/sys/..."}},
	{folder: "internal/packet", ours: []string{"internal/..."}},
	{folder: "internal/ws", ours: []string{"internal/..."}},
	{folder: "internal/outbox", ours: []string{"internal/..."}},
	{folder: "internal/clientfiles"},
	{folder: "internal/nodetest", ours: []string{"internal/nodetest"}},

	{folder: "engineio", ours: []string{"internal/advice", "internal/calm", "internal/clientip", "internal/encoding", "internal/layer", "internal/peer", "internal/ws", "internal/outbox", "internal/wheel", "internal/poll"}, never: []string{"socketio/...", "internal/jsonx", jsonCodec}},
	{folder: "socketio", ours: []string{"engineio", "internal/..."}, never: []string{"chat/...", "database/sql"}},
	{folder: "socketio/bustest", ours: []string{"socketio", "socketio/siotest", "engineio"}},
	{folder: "socketio/siotest", ours: []string{"socketio", "engineio", "internal/serial"}},
	{folder: "socketio/internal/adapter", ours: []string{"socketio", "socketio/internal/msgpack", "engineio", "internal/jsonx"}},
	{folder: "socketio/sioprom", ours: []string{"socketio"}, others: []string{"github.com/prometheus/client_golang/..."}, never: []string{"chat/..."}},
	{folder: "socketio/client", ours: []string{"socketio", "engineio", "internal/..."}, never: []string{"chat/..."}},
	{folder: "socketio/emitter", ours: []string{"socketio"}},
	{folder: "socketio/internal/mixedtest", ours: []string{"socketio", "socketio/emitter", "socketio/siotest", "internal/nodetest"}},
	{folder: "socketio/internal/cluster", ours: []string{"socketio"}},
	{folder: "socketio/redisbus", ours: []string{"socketio", "socketio/emitter", "socketio/internal/adapter", "socketio/internal/cluster", "engineio"}, others: []string{"github.com/redis/go-redis/v9", "github.com/redis/go-redis/v9/maintnotifications"}, never: []string{"chat/..."}},
	{folder: "socketio/pgbus", ours: []string{"socketio", "socketio/emitter", "socketio/internal/adapter", "socketio/internal/cluster", "engineio"}, others: []string{"github.com/jackc/pgx/v5/..."}, never: []string{"chat/..."}},
	{folder: "socketio/natsbus", ours: []string{"socketio", "socketio/emitter", "socketio/internal/adapter", "socketio/internal/cluster", "engineio"}, others: []string{"github.com/nats-io/nats.go/..."}, never: []string{"chat/..."}},

	{folder: "chat", ours: []string{"chat/internal/near", "chat/internal/search", "internal/advice", "internal/clientip", "internal/serial"}, others: []string{"golang.org/x/text/...", "golang.org/x/crypto/argon2", "github.com/rivo/uniseg", "github.com/alexedwards/argon2id"}, never: []string{"database/sql", "net/http", "socketio/..."}},
	{folder: "chat/wire", ours: []string{"chat"}, never: []string{"net/http", "socketio/...", "database/sql"}},
	{folder: "chat/sqlite", ours: []string{"chat", "chat/internal/disk", "chat/internal/search"}, others: []string{"modernc.org/sqlite/...", "github.com/pressly/goose/v3/..."}, never: []string{"socketio/...", "chat/postgres"}},
	{folder: "chat/sqlite/sqlitetest", ours: []string{"chat/sqlite"}},
	{folder: "chat/postgres", ours: []string{"chat"}, others: []string{"github.com/jackc/pgx/v5/...", "github.com/pressly/goose/v3/..."}, never: []string{"socketio/...", "chat/sqlite"}},
	{folder: "chat/internal/disk"},
	{folder: "chat/internal/near"},
	{folder: "chat/internal/search", others: []string{"golang.org/x/text/unicode/norm"}},
	{folder: "chat/internal/trace"},
	{folder: "chat/storetest", ours: []string{"chat", "chat/internal/search"}, never: []string{"net/http", "socketio/..."}},
	{folder: "chat/media", ours: []string{"chat", "chat/internal/disk"}, others: []string{"golang.org/x/image/webp", "golang.org/x/sys/windows"}, never: []string{"net/http", "socketio/...", "database/sql"}},
	{folder: "chat/backup", ours: []string{"chat", "chat/internal/disk", "chat/media", "chat/sqlite"}, never: []string{"net/http", "socketio/..."}},
	{folder: "chat/cookie", ours: []string{"chat/wire"}, never: []string{"socketio/...", "database/sql"}},
	{folder: "chat/live", ours: []string{"chat", "chat/cookie", "chat/internal/trace", "chat/wire", "engineio", "internal/advice", "internal/clientip", "socketio"}, never: []string{"database/sql", "chat/httpapi"}},
	{folder: "chat/httpapi", ours: []string{"chat", "chat/cookie", "chat/export", "chat/internal/trace", "chat/wire", "chat/media", "internal/clientip", "internal/encoding"}, others: []string{"golang.org/x/net/idna", "rsc.io/qr"}, never: []string{"database/sql", "chat/live"}},
	{folder: "chat/control"},
	{folder: "chat/export", ours: []string{"chat", "chat/wire"}, never: []string{"net/http", "socketio/...", "database/sql"}},
	{folder: "chat/metrics", ours: []string{"chat", "chat/httpapi", "chat/live", "chat/sqlite", "socketio", "socketio/sioprom"}, others: []string{"github.com/prometheus/client_golang/..."}},
	{folder: "chat/web"},
	{folder: "chat/raid"},
	{folder: "chat/cmd/madang", ours: []string{"..."}, others: []string{anyOther}},

	{folder: "examples", ours: []string{"engineio", "socketio/..."}, others: []string{anyOther}, never: []string{"chat/..."}},
	{folder: "examples/internal/trial", ours: []string{"internal/nodetest"}, never: []string{"chat/..."}},
	{folder: "docs"},
	{folder: "interop", ours: []string{"engineio", "socketio/...", "internal/nodetest", "internal/ws"}, others: []string{"github.com/redis/go-redis/v9", "github.com/jackc/pgx/v5/...", "github.com/nats-io/..."}, never: []string{"chat/..."}},
	{folder: "interop/apps", ours: []string{"socketio"}, others: []string{"github.com/alexedwards/scs/v2"}, never: []string{"chat/..."}},
	{folder: "bench", ours: []string{"engineio", "socketio/..."}, others: []string{anyOther}, never: []string{"chat/..."}},
}

// What tests import is not in the table: `go list -deps` speaks of what is built.
type goPackage struct {
	ImportPath string
	Standard   bool
	Imports    []string
	Deps       []string
}

func TestImportTable(t *testing.T) {
	standard := map[string]bool{}
	var own []goPackage
	for _, p := range list(t, "-deps", "work") {
		if p.Standard {
			standard[p.ImportPath] = true
		}
		if strings.HasPrefix(p.ImportPath, module) {
			own = append(own, p)
		}
	}
	if len(own) == 0 {
		t.Fatal("go list knows no package of ours")
	}
	for _, p := range own {
		for _, fault := range faults(p, standard) {
			t.Errorf("%s %s", strings.TrimPrefix(p.ImportPath, module), fault)
		}
	}
}

// faults lists how a package breaks the table.
func faults(p goPackage, standard map[string]bool) []string {
	name := strings.TrimPrefix(p.ImportPath, module)
	r, ok := ruleOf(name)
	if !ok {
		return []string{"has no place in the import table"}
	}
	var bad []string
	for _, dep := range p.Imports {
		local, ours := strings.CutPrefix(dep, module)
		switch {
		case standard[dep] || dep == "C" || dep == "unsafe":
		case ours && strings.Contains(local, "/cmd/"):
			bad = append(bad, "imports the command "+local)
		case ours && !below(local, name) && !matches(r.ours, local):
			bad = append(bad, "may not import "+local)
		case !ours && !matches(r.others, dep):
			bad = append(bad, "may not import "+dep)
		}
	}
	for _, dep := range p.Deps {
		local := strings.TrimPrefix(dep, module)
		if matches(r.never, local) && !below(local, name) {
			bad = append(bad, "may never reach "+local)
		}
	}
	return bad
}

// below tells whether a package lies in the folder of another: a command beside its parts.
func below(name, folder string) bool {
	return strings.HasPrefix(name, folder+"/") && !hasRule(name)
}

func hasRule(name string) bool {
	return slices.ContainsFunc(rules, func(r rule) bool { return r.folder == name })
}

func ruleOf(name string) (rule, bool) {
	var best rule
	found := false
	for _, r := range rules {
		if (name == r.folder || strings.HasPrefix(name, r.folder+"/")) && (!found || len(r.folder) > len(best.folder)) {
			best, found = r, true
		}
	}
	return best, found
}

func matches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		folder, tree := strings.CutSuffix(pattern, "...")
		return pattern == anyOther || pattern == name ||
			tree && (name+"/" == folder || strings.HasPrefix(name, folder))
	})
}

func list(t *testing.T, args ...string) []goPackage {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Standard,Imports,Deps"}, args...)...)
	cmd.Dir = nodetest.Root()
	cmd.Env = append(os.Environ(), "GOWORK="+filepath.Join(cmd.Dir, "go.work"))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.Bytes())
	}
	var packages []goPackage
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// TestTableFindsFaults shows the table broken packages, so that it can't be blind.
func TestTableFindsFaults(t *testing.T) {
	standard := map[string]bool{"net/http": true, "fmt": true, "database/sql": true}
	tests := []struct {
		name  string
		pkg   goPackage
		fault string // "" when the package is fine
	}{
		{"fine", goPackage{ImportPath: module + "engineio", Imports: []string{"net/http", module + "internal/ws"}}, ""},
		{"upwards", goPackage{ImportPath: module + "engineio", Imports: []string{module + "socketio"}}, "may not import socketio"},
		{"upwards by another", goPackage{ImportPath: module + "socketio", Deps: []string{module + "chat"}}, "may never reach chat"},
		{"http in the domain", goPackage{ImportPath: module + "chat", Imports: []string{"fmt", "net/http"}, Deps: []string{"fmt", "net/http"}}, "may never reach net/http"},
		{"door to door", goPackage{ImportPath: module + "chat/live", Imports: []string{module + "chat/httpapi"}}, "may not import chat/httpapi"},
		{"third party in the library", goPackage{ImportPath: module + "socketio", Imports: []string{"github.com/redis/go-redis/v9"}}, "may not import github.com/redis/go-redis/v9"},
		{"a command imported", goPackage{ImportPath: module + "chat/cmd/madang/x", Imports: []string{module + "chat/cmd/madang"}}, "imports the command chat/cmd/madang"},
		{"unknown folder", goPackage{ImportPath: module + "util"}, "has no place in the import table"},
		{"chat in the page", goPackage{ImportPath: module + "chat/web", Imports: []string{module + "chat"}}, "may not import chat"},
		{"a helper in the web folder", goPackage{ImportPath: module + "chat/web", Imports: []string{module + "internal/jsonx"}}, "may not import internal/jsonx"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := faults(test.pkg, standard)
			if test.fault == "" && len(got) > 0 || test.fault != "" && !slices.Contains(got, test.fault) {
				t.Errorf("got %q, want %q", got, test.fault)
			}
		})
	}
}
