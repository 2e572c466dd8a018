package interop

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/madang-chat/madang/internal/nodetest"
)

// numbered are ids such as L1, L2, L3.
func numbered(letter string, from, to int) (ids []string) {
	for n := from; n <= to; n++ {
		ids = append(ids, letter+strconv.Itoa(n))
	}
	return ids
}

var proofRow = regexp.MustCompile(`(?m)^\| ([A-Z]\d+) \|(.*)\|$`)

// proofs are the tests, "package Test", that the rows of a table name, in whichever column, by the
// row's id.
func proofs(t *testing.T, table ...string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{nodetest.Root(), "docs"}, table...)...))
	if err != nil {
		t.Fatal(err)
	}
	src := sources{root: nodetest.Root(), tests: map[string]map[string][]string{}}
	all := map[string][]string{}
	for _, row := range proofRow.FindAllStringSubmatch(string(text), -1) {
		id := row[1]
		if _, twice := all[id]; twice {
			t.Errorf("%s is there twice", id)
		}
		all[id] = nil
		for _, span := range codeSpan.FindAllStringSubmatch(row[2], -1) {
			p := proof.FindStringSubmatch(span[1])
			if p == nil {
				continue // another word in code
			}
			if err := src.find(p[1], p[2], p[3]); err != nil {
				t.Errorf("%s: %v", id, err)
			}
			all[id] = append(all[id], p[1]+" "+p[2])
		}
	}
	return all
}

// TestFaultsHaveTests looks whether the tests exist that docs/faults.md names.
func TestFaultsHaveTests(t *testing.T) {
	all := proofs(t, "faults.md")
	want := append(numbered("L", 1, 26), numbered("C", 1, 13)...)
	want = append(append(want, numbered("C", 16, 22)...), numbered("C", 24, 28)...)
	wantRows(t, all, want)
	for id, tests := range all {
		if len(tests) == 0 {
			t.Errorf("%s names no test", id)
		}
	}
}

func wantRows(t *testing.T, all map[string][]string, want []string) {
	t.Helper()
	for _, id := range want {
		if _, ok := all[id]; !ok {
			t.Errorf("no row %s", id)
		}
	}
}
