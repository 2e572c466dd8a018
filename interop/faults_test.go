package interop

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/madang-chat/madang/internal/nodetest"
)

var faultRow = regexp.MustCompile(`(?m)^\| (L\d+) \|.*\| ([^|]*) \|$`)

// TestFaultsHaveTests looks whether the tests exist that docs/faults.md names.
func TestFaultsHaveTests(t *testing.T) {
	table, err := os.ReadFile(filepath.Join(nodetest.Root(), "docs", "faults.md"))
	if err != nil {
		t.Fatal(err)
	}
	src := sources{root: nodetest.Root(), tests: map[string]map[string][]string{}}
	rows := faultRow.FindAllStringSubmatch(string(table), -1)
	if len(rows) != 26 {
		t.Errorf("%d rows, want 26", len(rows))
	}
	for _, row := range rows {
		id, spans := row[1], codeSpan.FindAllStringSubmatch(row[2], -1)
		if len(spans) == 0 {
			t.Errorf("%s names no test", id)
		}
		for _, span := range spans {
			p := proof.FindStringSubmatch(span[1])
			if p == nil {
				t.Errorf("%s: %s is no package and test", id, span[0])
			} else if err := src.find(p[1], p[2], p[3]); err != nil {
				t.Errorf("%s: %v", id, err)
			}
		}
	}
}
