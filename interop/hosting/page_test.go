package hosting

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/madang-chat/madang/internal/nodetest"
)

// A snippet is a fenced part of a page, which readers copy.
type snippet struct {
	language string
	text     string
}

// file is the path that its first line names in a comment, or "".
func (s snippet) file() string {
	line, _, _ := strings.Cut(s.text, "\n")
	name, ok := strings.CutPrefix(line, "# /")
	if !ok {
		return ""
	}
	return "/" + name
}

// snippets are those of a page of docs/chat, in their order.
func snippets(t *testing.T, page string) (all []snippet) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(nodetest.Root(), "docs", "chat", page))
	if err != nil {
		t.Fatal(err)
	}
	var now *snippet
	for line := range strings.Lines(string(text)) {
		language, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && now == nil:
			now = &snippet{language: strings.TrimSpace(language)}
		case fence:
			all = append(all, *now)
			now = nil
		case now != nil:
			now.text += line
		}
	}
	if now != nil || len(all) == 0 {
		t.Fatalf("%s: %d snippets, and one without an end", page, len(all))
	}
	return all
}

// snippetFor is the one that is for a file.
func snippetFor(t *testing.T, file string) string {
	t.Helper()
	all := snippets(t, "hosting.md")
	i := slices.IndexFunc(all, func(s snippet) bool { return s.file() == file })
	if i < 0 {
		t.Fatalf("hosting.md has nothing for %s", file)
	}
	return all[i].text
}

// What is tested of one page is true of both: they have the same snippets, and those are either
// files that a test here uses, or shell.
func TestO7PagesHaveTheSameSnippets(t *testing.T) {
	english, korean := snippets(t, "hosting.md"), snippets(t, "hosting.ko.md")
	if !slices.Equal(english, korean) {
		for i := range max(len(english), len(korean)) {
			if i >= len(english) || i >= len(korean) || english[i] != korean[i] {
				t.Fatalf("snippet %d differs (%d, %d)", i+1, len(english), len(korean))
			}
		}
	}
	for _, s := range english {
		switch file := s.file(); {
		case s.language == "sh", file != "" && used[file]:
		case s.language == "yaml" && strings.HasPrefix(s.text, "# docker compose"):
			compose, err := os.ReadFile(filepath.Join(nodetest.Root(), "deploy", "compose.yaml"))
			if err != nil || string(compose) != s.text {
				t.Errorf("deploy/compose.yaml isn't that of the page (%v)", err)
			}
		default:
			t.Errorf("no test uses this:\n%s", s.text)
		}
	}
	if e, k := headings(t, "hosting.md"), headings(t, "hosting.ko.md"); !slices.Equal(e, k) {
		t.Errorf("headings have the levels %v and %v", e, k)
	}
}

// used are the files of snippets that tests here put to work.
var used = map[string]bool{
	"/etc/madang/madang.yaml":         true,
	"/etc/nginx/sites-enabled/madang": true,
	"/etc/caddy/Caddyfile":            true,
	"/etc/traefik/traefik.yml":        true,
	"/etc/traefik/madang.yml":         true,
	"/etc/cron.d/madang":              true,
}

func headings(t *testing.T, page string) (levels []int) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(nodetest.Root(), "docs", "chat", page))
	if err != nil {
		t.Fatal(err)
	}
	inside := false
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "```") {
			inside = !inside
		}
		if level := len(line) - len(strings.TrimLeft(line, "#")); level > 0 && !inside {
			levels = append(levels, level)
		}
	}
	return levels
}
