// Package guide holds the proof of the guide: its code compiles, its two languages show the same
// code, and its links lead somewhere.
package guide

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

const root = "../.."

// known are the packages that code without a package clause may use.
var known = []string{
	"context", "database/sql", "encoding/binary", "errors", "fmt", "io/fs", "log", "log/slog", "net/http", "net/http/httptest", "net/http/httputil", "net/url", "os", "os/exec", "path", "regexp", "slices", "strconv", "strings", "sync", "testing", "time",
	"github.com/redis/go-redis/v9", "github.com/madang-chat/madang/engineio", "github.com/madang-chat/madang/socketio", "github.com/madang-chat/madang/socketio/redisbus",
}

// A block is a piece of Go code on a page.
type block struct {
	page string // path from the root
	line int    // of its first line
	code string
}

var fence = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")

func blocks(t *testing.T, page string) (list []block) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, page))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range fence.FindAllSubmatchIndex(text, -1) {
		if string(text[m[2]:m[3]]) == "go" {
			list = append(list, block{page, bytes.Count(text[:m[4]], []byte("\n")) + 1, string(text[m[4]:m[5]])})
		}
	}
	return list
}

// shared is what the program of start.md declares and the other pages go on with.
func shared(t *testing.T) string {
	t.Helper()
	_, rest, _ := strings.Cut(blocks(t, "docs/guide/start.md")[0].code, "\nvar (")
	declared, _, ok := strings.Cut(rest, "\nfunc main()")
	if !ok {
		t.Fatal("start.md begins with another program")
	}
	return "var (" + declared + "\n"
}

// pages lists the Markdown files of the guide, of docs and of the root.
func pages(t *testing.T) (list []string) {
	t.Helper()
	list, err := fs.Glob(os.DirFS(root), "README*.md")
	if err != nil {
		t.Fatal(err)
	}
	err = fs.WalkDir(os.DirFS(root), "docs", func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".md" {
			list = append(list, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// file makes a block a file that the compiler takes. A block without a package clause gets one, the
// imports and what all pages share; statements get a function around them.
func (b block) file(shared string) string {
	where := fmt.Sprintf("//line %s:%d\n", b.page, b.line)
	if strings.HasPrefix(b.code, "package ") {
		return where + b.code
	}
	body := shared + where + b.code
	if _, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+b.code, 0); err != nil {
		body = shared + "func _(ctx context.Context, io *socketio.Server, ns *socketio.Namespace, s *socketio.Socket) {\n{\n" +
			where + b.code + "}\n}\n"
	}
	var head strings.Builder
	head.WriteString("package p\n")
	for _, path := range known {
		name := nameOf(path)
		if regexp.MustCompile(`\b` + name + `\.[A-Z]`).MatchString(body) {
			fmt.Fprintf(&head, "import %q\n", path)
		}
	}
	return head.String() + body
}

// nameOf is what code calls a package.
func nameOf(path string) string {
	if path == "github.com/redis/go-redis/v9" {
		return "redis"
	}
	return path[strings.LastIndexByte(path, '/')+1:]
}

// The files exist in an overlay only, so that nothing else sees them.
func TestCodeCompiles(t *testing.T) {
	dir, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	replace, packages := map[string]string{}, []string{}
	files, common := t.TempDir(), shared(t)
	for _, page := range pages(t) {
		for _, b := range blocks(t, page) {
			if pretty, err := format.Source([]byte(b.code)); err != nil || string(pretty) != b.code {
				t.Errorf("%s:%d: not gofmt'ed: %v", b.page, b.line, err)
				continue
			}
			name := strings.NewReplacer("/", "-", ".", "-").Replace(page) + fmt.Sprint("-", b.line)
			path := filepath.Join(files, name+".go")
			if err := os.WriteFile(path, []byte(b.file(common)), 0o644); err != nil {
				t.Fatal(err)
			}
			replace[filepath.Join(dir, "docs/guide/code", name, "code.go")] = path
			packages = append(packages, "./code/"+name)
		}
	}
	if len(packages) == 0 {
		t.Fatal("no code found")
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(files, "overlay.json")
	if err := os.WriteFile(path, overlay, 0o644); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", append([]string{"build", "-o", os.DevNull, "-overlay", path}, packages...)...)
	build.Dir = filepath.Join(dir, "docs", "guide")
	if out, err := build.CombinedOutput(); err != nil {
		t.Errorf("go build: %v\n%s", err, out)
	}
}

var comment = regexp.MustCompile(`(?m)[ \t]*//( .*)?$`)

// Every page has its twin, with the same code but for the comments.
func TestBothLanguages(t *testing.T) {
	for _, page := range pages(t) {
		if filepath.Dir(page) != "docs/guide" || strings.HasSuffix(page, ".ko.md") {
			continue
		}
		twin := strings.TrimSuffix(page, ".md") + ".ko.md"
		if _, err := os.Stat(filepath.Join(root, twin)); err != nil {
			t.Errorf("%s: no Korean page: %v", page, err)
			continue
		}
		code := func(b block) string { return comment.ReplaceAllString(b.code, "") }
		english, korean := blocks(t, page), blocks(t, twin)
		if !slices.EqualFunc(english, korean, func(a, b block) bool { return code(a) == code(b) }) {
			t.Errorf("%s and %s show different code", page, twin)
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

func TestLinks(t *testing.T) {
	for _, page := range pages(t) {
		text, err := os.ReadFile(filepath.Join(root, page))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllSubmatch(fence.ReplaceAll(text, nil), -1) {
			target, anchor, _ := strings.Cut(string(m[1]), "#")
			if strings.Contains(target, ":") {
				continue // another site
			}
			file := filepath.Join(root, filepath.Dir(page), target)
			if target == "" {
				file = filepath.Join(root, page)
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s: %v", page, err)
			} else if anchor != "" && strings.HasSuffix(file, ".md") && !slices.Contains(anchors(t, file), anchor) {
				t.Errorf("%s: there is no heading %q in %s", page, anchor, file)
			}
		}
	}
}

var heading = regexp.MustCompile(`(?m)^#+ (.+)$`)

// anchors are what the headings of a page are called in links, as GitHub makes them.
func anchors(t *testing.T, file string) (names []string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range heading.FindAllSubmatch(fence.ReplaceAll(text, nil), -1) {
		names = append(names, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-', r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, string(m[1])))
	}
	return names
}

// The index leads to every page.
func TestIndex(t *testing.T) {
	for _, suffix := range []string{".md", ".ko.md"} {
		index, err := os.ReadFile("README" + suffix)
		if err != nil {
			t.Fatal(err)
		}
		for _, page := range pages(t) {
			name := filepath.Base(page)
			if filepath.Dir(page) != "docs/guide" || strings.HasSuffix(name, ".ko.md") != (suffix == ".ko.md") || name == "README"+suffix {
				continue
			}
			if !bytes.Contains(index, []byte("]("+name+")")) {
				t.Errorf("README%s doesn't lead to %s", suffix, name)
			}
		}
	}
}
