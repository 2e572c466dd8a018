package imports

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/madang-chat/madang/internal/nodetest"
)

var fuzzTarget = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(f \*testing\.F\)`)

// docs/fuzzing.md has a row for each fuzz target, and each corpus has its target.
func TestFuzzTargetsAreListed(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(nodetest.Root(), "docs", "fuzzing.md"))
	if err != nil {
		t.Fatal(err)
	}
	var listed, targets []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| `(Fuzz\\w+)`").FindAllStringSubmatch(string(text), -1) {
		listed = append(listed, row[1]+" "+row[2])
	}
	names := tracked(t)
	for _, name := range names {
		if !strings.HasSuffix(name, "_test.go") {
			continue
		}
		src, err := os.ReadFile(filepath.Join(nodetest.Root(), name))
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range fuzzTarget.FindAllStringSubmatch(string(src), -1) {
			targets = append(targets, path.Dir(name)+" "+found[1])
		}
	}
	slices.Sort(listed)
	slices.Sort(targets)
	if len(targets) == 0 || !slices.Equal(listed, targets) {
		t.Errorf("docs/fuzzing.md lists\n\t%s\nand there are\n\t%s", strings.Join(listed, "\n\t"), strings.Join(targets, "\n\t"))
	}
	for _, name := range names {
		folder, rest, ok := strings.Cut(name, "/testdata/fuzz/")
		target, _, _ := strings.Cut(rest, "/")
		if ok && !slices.Contains(targets, folder+" "+target) {
			t.Errorf("%s is the corpus of no target", name)
		}
	}
}
