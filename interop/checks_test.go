package interop

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
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

// TestChecksHaveTests looks whether each of the chat's checks has a test that bears its id.
func TestChecksHaveTests(t *testing.T) {
	all := proofs(t, "chat", "CHECKS.md")
	for id, tests := range all {
		named := regexp.MustCompile(`^\S+ Test` + id + `([^0-9]|$)`)
		if !slices.ContainsFunc(tests, named.MatchString) {
			t.Errorf("%s: no test bears its id among %s", id, strings.Join(tests, ", "))
		}
	}
	want := append(numbered("D", 1, 7), numbered("S", 1, 6)...)
	want = append(append(want, numbered("S", 8, 11)...), "R3", "R7", "R11", "R13")
	want = append(want, numbered("O", 1, 7)...)
	wantRows(t, all, want)
}

// TestResultsOfChecks runs the tests of docs/chat/CHECKS.md and writes their results into its last
// column, with the environment's RAID and DISK for those that need them: `make checks`. CHECKS has
// the letters of the groups that are run, or "all".
func TestResultsOfChecks(t *testing.T) {
	groups := os.Getenv("CHECKS")
	if groups == "" {
		t.Skip("make checks runs it")
	}
	chosen := func(id string) bool { return groups == "all" || strings.Contains(groups, id[:1]) }
	all := proofs(t, "chat", "CHECKS.md")
	byPackage := map[string][]string{}
	for id, tests := range all {
		if !chosen(id) {
			continue
		}
		for _, test := range tests {
			pkg, name, _ := strings.Cut(test, " ")
			byPackage[pkg] = append(byPackage[pkg], name)
		}
	}
	results := map[string]string{} // "package Test" → pass, fail, skip
	for pkg, names := range byPackage {
		for name, result := range outcomes(t, pkg, names) {
			results[pkg+" "+name] = result
		}
	}
	path := filepath.Join(nodetest.Root(), "docs", "chat", "CHECKS.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile(`(?m)^(\| ([A-Z]\d+) \|.*\|) [^|]* \|$`)
	text = row.ReplaceAllFunc(text, func(line []byte) []byte {
		m := row.FindSubmatch(line)
		if !chosen(string(m[2])) {
			return line
		}
		return fmt.Appendf(nil, "%s %s |", m[1], verdict(all[string(m[2])], results))
	})
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// outcomes runs tests of a package.
func outcomes(t *testing.T, pkg string, names []string) map[string]string {
	cmd := exec.Command("go", "test", "-count=1", "-timeout=20m", "-json", "-run", "^("+strings.Join(names, "|")+")$", "./"+pkg)
	cmd.Dir = nodetest.Root()
	out, err := cmd.Output()
	if err != nil {
		t.Logf("%s: %v", pkg, err)
	}
	results := map[string]string{}
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		var e struct{ Action, Test string }
		if json.Unmarshal(lines.Bytes(), &e) == nil && (e.Action == "pass" || e.Action == "fail" || e.Action == "skip") {
			results[e.Test] = e.Action
		}
	}
	return results
}

// verdict sums the results of a check's tests up.
func verdict(tests []string, results map[string]string) string {
	var failed, skipped []string
	for _, test := range tests {
		switch results[test] {
		case "pass":
		case "skip":
			skipped = append(skipped, "`"+test+"`")
		default:
			failed = append(failed, "`"+test+"`")
		}
	}
	day := time.Now().Format(time.DateOnly)
	switch {
	case len(failed) > 0:
		return "**failed** " + day + ": " + strings.Join(failed, " ")
	case len(skipped) > 0:
		return "passed " + day + " without " + strings.Join(skipped, " ")
	}
	return "passed " + day
}
