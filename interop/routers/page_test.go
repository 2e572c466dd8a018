package routers

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/madang-chat/madang/internal/nodetest"
)

// The guide's table lists what is tested, no more and no less, and tells the same of it. Each line
// of it has what stands in front, how, whether WebSocket works, and what is to know: always
// something where the log gets a line.
func TestGuidePage(t *testing.T) {
	for page, yes := range map[string]string{"behind.md": "yes", "behind.ko.md": "예"} {
		text, err := os.ReadFile(filepath.Join(nodetest.Root(), "docs", "guide", page))
		if err != nil {
			t.Fatal(err)
		}
		told := map[string][]string{} // name → columns
		for line := range strings.Lines(string(text)) {
			columns := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
			if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| ---") || len(columns) != 4 {
				continue
			}
			for i := range columns {
				columns[i] = strings.TrimSpace(columns[i])
			}
			for _, how := range strings.Split(columns[1], ", ") {
				told[columns[0]+": "+how] = columns
			}
		}
		for _, r := range rows() {
			columns := told[r.name]
			delete(told, r.name)
			switch {
			case columns == nil:
				t.Errorf("%s doesn't list %q", page, r.name)
			case (columns[2] == yes) == r.noWebSocket:
				t.Errorf("%s says %q of WebSocket behind %q", page, columns[2], r.name)
			case len(r.logs) > 0 && columns[3] == "":
				t.Errorf("%s doesn't say what the log gets behind %q", page, r.name)
			}
		}
		if names := slices.Sorted(maps.Keys(told)); len(names) != 1 { // the heading
			t.Errorf("%s lists what isn't tested, beside the heading: %q", page, names)
		}
	}
}
