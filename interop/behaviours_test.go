package interop

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/madang-chat/madang/internal/nodetest"
)

// groups are the lines that BEHAVIOURS.md has to hold: HS-01 to HS-17 and so on.
var groups = []struct {
	name  string
	lines int
}{
	{"HS", 17}, {"ER", 16}, {"PO", 15}, {"CO", 6}, {"UP", 16}, {"HB", 8}, {"CL", 12}, {"LI", 7}, {"MS", 10}, {"WS", 4}, {"CK", 4},
	{"HD", 5}, {"CR", 7}, {"V3", 11}, {"SC", 22}, {"MW", 7}, {"EV", 14}, {"RO", 10}, {"CSR", 9}, {"SF", 5}, {"AT", 4},
}

// exempt are the lines that may not apply to a Go server, because nobody sees them over the wire or
// because they speak of Node. All others need a test; of these at most maxExempt do without.
var exempt = []string{
	"HS-14", "HS-15", "HS-17", "ER-11", "UP-14", "UP-15", "UP-16", "HB-08", "CL-05", "CL-06", "CL-10", "CL-11", "MS-04", "MS-05", "MS-06", "MS-07",
	"MS-10", "SC-13", "SC-15", "SC-20", "SC-21", "MW-05", "MW-06", "EV-07", "EV-09", "EV-11", "RO-08", "RO-10", "CSR-06", "CSR-09", "AT-01", "AT-03", "AT-04",
}

const maxExempt = 12

func TestBehavioursHaveTests(t *testing.T) {
	table, err := os.ReadFile("BEHAVIOURS.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range faults(string(table), sources{root: nodetest.Root(), tests: map[string]map[string][]string{}}) {
		t.Error(fault)
	}
}

// TestClientSide runs what no wire shows.
func TestClientSide(t *testing.T) {
	nodetest.Need(t, nodetest.Packages)
	for _, transport := range []string{"polling", "websocket"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			runChecks(t, "behaviours.mjs", "socket.io-client", transport, "ALLOW_EIO3=0")
		})
	}
}

func TestBehavioursFindsFaults(t *testing.T) {
	src := sources{root: nodetest.Root(), tests: map[string]map[string][]string{}}
	good := "| HS-01 | x | `interop TestBehavioursFindsFaults/a subtest` `interop TestClients/binary/acks` |\n| HS-02 | x | doesn't apply: no |\n"
	var many strings.Builder
	for _, id := range exempt {
		fmt.Fprintf(&many, "| %s | x | doesn't apply: no |\n", id)
	}
	for row, want := range map[string]string{
		many.String():                          fmt.Sprintf("%d lines are exempt, at most 12 may be", len(exempt)+1),
		"":                                     "HS-02 may not be exempt",
		"| HS-03 | x | |":                      "HS-03 names no test",
		"| HS-03 | x | `interop TestNobody` |": "HS-03: no TestNobody in interop",
		"| HS-03 | x | `nowhere TestNobody` |": "HS-03: no TestNobody in nowhere",
		"| HS-03 | x | `interop TestClients/nothing of the sort` |": `HS-03: no "nothing of the sort" in interop TestClients`,
		"| HS-03 | x | `TestClients` |":                             "HS-03: `TestClients` is no package and test",
		"| HS-01 | x | `interop TestClients` |":                     "HS-01 is there twice",
		"| XX-01 | x | `interop TestClients` |":                     "XX-01 is unknown",
		"| HS-17 | x | doesn't apply: |":                            "HS-17 names no test",
	} {
		t.Run("a subtest", func(t *testing.T) {
			got := faults(good+row, src)
			if !slices.Contains(got, want) || !slices.Contains(got, "HS-04 is missing") {
				t.Errorf("%q gives %q, want %q", row, got[:min(len(got), 5)], want)
			}
		})
	}
}

var (
	row      = regexp.MustCompile(`(?m)^\| ([A-Z0-9]+-\d+) \| (.*) \|\s*$`)
	codeSpan = regexp.MustCompile("`([^`]*)`")
	proof    = regexp.MustCompile(`^(\S+) (Test\w*)(?:/(.+))?$`)
)

// faults checks a table against the tests that it names.
func faults(table string, src sources) (list []string) {
	fault := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	missing := make(map[string]bool)
	for _, g := range groups {
		for i := range g.lines {
			missing[fmt.Sprintf("%s-%02d", g.name, i+1)] = true
		}
	}
	known := make(map[string]bool)
	exempted := 0
	for _, m := range row.FindAllStringSubmatch(table, -1) {
		id, cells := m[1], m[2]
		switch {
		case known[id]:
			fault("%s is there twice", id)
		case !missing[id]:
			fault("%s is unknown", id)
		}
		known[id] = true
		delete(missing, id)
		last := strings.TrimSpace(cells[strings.LastIndex(cells, "|")+1:])
		if reason, ok := strings.CutPrefix(last, "doesn't apply: "); ok && reason != "" {
			if exempted++; !slices.Contains(exempt, id) {
				fault("%s may not be exempt", id)
			}
			continue
		}
		spans := codeSpan.FindAllStringSubmatch(last, -1)
		if len(spans) == 0 {
			fault("%s names no test", id)
		}
		for _, span := range spans {
			p := proof.FindStringSubmatch(span[1])
			if p == nil {
				fault("%s: %s is no package and test", id, span[0])
				continue
			}
			if err := src.find(p[1], p[2], p[3]); err != nil {
				fault("%s: %v", id, err)
			}
		}
	}
	for id := range missing {
		fault("%s is missing", id)
	}
	if exempted > maxExempt {
		fault("%d lines are exempt, at most %d may be", exempted, maxExempt)
	}
	return list
}

// sources reads the tests of packages, each once: the texts that each test function holds.
type sources struct {
	root  string
	tests map[string]map[string][]string
}

// find looks for a test, and in it for the text that names a subtest. In this package the name may
// also be that of a check in clients.
func (s sources) find(pkg, test, sub string) error {
	tests, err := s.read(pkg)
	if err != nil {
		return fmt.Errorf("read tests of %s: %w", pkg, err)
	}
	texts, ok := tests[test]
	if !ok {
		return fmt.Errorf("no %s in %s", test, pkg)
	}
	if sub == "" || slices.Contains(texts, sub) {
		return nil
	}
	for _, script := range texts {
		if !strings.HasSuffix(script, ".mjs") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(s.root, pkg, "clients", script))
		if err != nil {
			return err
		}
		if regexp.MustCompile(`(?m)^\s*(async )?"?` + regexp.QuoteMeta(sub) + `"?[(:]`).Match(text) {
			return nil
		}
	}
	return fmt.Errorf("no %q in %s %s", sub, pkg, test)
}

func (s sources) read(pkg string) (map[string][]string, error) {
	if tests, ok := s.tests[pkg]; ok {
		return tests, nil
	}
	files, err := filepath.Glob(filepath.Join(s.root, filepath.FromSlash(pkg), "*_test.go"))
	if err != nil {
		return nil, err
	}
	tests := make(map[string][]string)
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv != nil || !strings.HasPrefix(f.Name.Name, "Test") {
				continue
			}
			texts := []string{}
			ast.Inspect(f, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					if text, err := strconv.Unquote(lit.Value); err == nil {
						texts = append(texts, text)
					}
				}
				return true
			})
			tests[f.Name.Name] = texts
		}
	}
	s.tests[pkg] = tests
	return tests, nil
}
