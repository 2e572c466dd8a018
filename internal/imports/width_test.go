package imports

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/madang-chat/madang/internal/nodetest"
)

// commentWidth is how many columns a line with a comment may have, a tab being four.
const commentWidth = 100

// TestCommentWidth leaves out directives and what is indented in a comment, such as code.
func TestCommentWidth(t *testing.T) {
	for _, name := range strings.Split(git(t, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.go"), "\x00") {
		src, err := os.ReadFile(filepath.Join(nodetest.Root(), name))
		if name == "" || os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		lines, files := strings.Split(string(src), "\n"), token.NewFileSet()
		file, err := parser.ParseFile(files, name, src, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, group := range file.Comments {
			for _, comment := range group.List {
				n := files.Position(comment.Pos()).Line
				text, plain := strings.CutPrefix(comment.Text, "// ")
				width := utf8.RuneCountInString(strings.ReplaceAll(lines[n-1], "\t", "    "))
				if plain && width > commentWidth && strings.Contains(text, " ") && !strings.HasPrefix(text, " ") {
					t.Errorf("%s:%d: a line with a comment of %d columns", name, n, width)
				}
			}
		}
	}
}
