// Package examples holds the tutorials' programs, one folder each, and README.md, which leads from
// the tutorials' lines to ours.
package examples

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// After a change: go test ./examples -run Lines -update
var update = flag.Bool("update", false, "write the numbers of the lines into README.md")

var (
	anyLink  = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	lineLink = regexp.MustCompile("\\[`([^`]+)`\\]\\(([^()#\\s]+)#L(\\d+)\\)")
)

// TestLines: the text of each link to a line is part of that very line.
func TestLines(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]string{}
	written := lineLink.ReplaceAllFunc(readme, func(link []byte) []byte {
		part := lineLink.FindSubmatch(link)
		code, name, number := strings.ReplaceAll(string(part[1]), `\|`, "|"), string(part[2]), string(part[3])
		if files[name] == nil {
			text, err := os.ReadFile(filepath.FromSlash(name))
			if err != nil {
				t.Error(err)
				return link
			}
			files[name] = strings.Split(string(text), "\n")
		}
		line := 0
		fmt.Sscan(number, &line)
		if line >= 1 && line <= len(files[name]) && strings.Contains(files[name][line-1], code) {
			return link
		}
		for i, text := range files[name] {
			if strings.Contains(text, code) {
				if !*update {
					t.Errorf("%s: %q is on line %d, not on %s", name, code, i+1, number)
				}
				return fmt.Appendf(nil, "[`%s`](%s#L%d)", part[1], name, i+1)
			}
		}
		t.Errorf("%s: no line has %q", name, code)
		return link
	})
	if *update && !bytes.Equal(written, readme) {
		if err := os.WriteFile("README.md", written, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRows: each row of a tutorial leads to a line, and each program has rows.
func TestRows(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	inTable := false
	for line := range strings.Lines(string(readme)) {
		line = strings.TrimSpace(line)
		switch {
		case !strings.HasPrefix(line, "|"):
			inTable = false
		case strings.HasPrefix(line, "| --- | --- | --- |"):
			inTable = true
		case inTable:
			rows++
			if !lineLink.MatchString(line) {
				t.Errorf("leads to no line: %s", line)
			}
			if cells := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|"); cells != 4 {
				t.Errorf("%d bars instead of 4: %s", cells, line)
			}
		}
	}
	if rows < 9 {
		t.Errorf("only %d rows", rows)
	}
	folders, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		if name := folder.Name(); folder.IsDir() && name != "internal" && !bytes.Contains(readme, []byte("`]("+name+"/")) {
			t.Errorf("no row leads into %s", name)
		}
	}
}

// TestLinks: every program has a README in both languages, and what they link to is there.
func TestLinks(t *testing.T) {
	links := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "dist"):
			return filepath.SkipDir
		case d.Name() == "main.go":
			for _, name := range []string{"README.md", "README.ko.md"} {
				if _, err := os.Stat(filepath.Join(filepath.Dir(path), name)); err != nil {
					t.Error(err)
				}
			}
		case d.Name() == "README.md" || d.Name() == "README.ko.md":
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, link := range anyLink.FindAllSubmatch(text, -1) {
				to, _, _ := strings.Cut(string(link[1]), "#")
				if to == "" || strings.Contains(to, "://") {
					continue
				}
				links++
				if _, err := os.Stat(filepath.Join(filepath.Dir(path), filepath.FromSlash(to))); err != nil {
					t.Errorf("%s: %v", path, err)
				}
			}
		}
		return nil
	})
	if err != nil || links == 0 {
		t.Errorf("%d links, %v", links, err)
	}
}
