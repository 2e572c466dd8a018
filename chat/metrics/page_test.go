package metrics_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/madang-chat/madang/internal/nodetest"
)

var update = flag.Bool("update", false, "write the list of docs/chat/monitoring.md anew")

// TestO6MonitoringPage holds the list of metrics to what a busy server shows.
func TestO6MonitoringPage(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("NOT RUN: systems differ in what they know of a disk")
	}
	e := begin(t)
	for _, thing := range things {
		thing.do(e)
	}
	e.await("the end of a connection", func(now growth) bool { return now[`socketio_connections_closed_total{reason="transport close"}`] > 0 })
	all := families(t, e.scrape())
	var list strings.Builder
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if !strings.HasPrefix(name, "madang_") && !strings.HasPrefix(name, "socketio_") {
			continue
		}
		f := all[name]
		labels := map[string]bool{}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				labels["`"+l.GetName()+"`"] = true
			}
		}
		fmt.Fprintf(&list, "| `%s` | %s | %s | %s |\n", name, strings.ToLower(f.GetType().String()),
			strings.Join(slices.Sorted(maps.Keys(labels)), " "), f.GetHelp())
	}
	path := filepath.Join(nodetest.Root(), "docs", "chat", "monitoring.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const head = "| metric | kind | labels | what |\n| --- | --- | --- | --- |\n"
	before, listed, found := strings.Cut(string(text), head)
	if !found {
		t.Fatal("the page has no list")
	}
	if *update {
		if err := os.WriteFile(path, []byte(before+head+list.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if listed != list.String() {
		t.Errorf("docs/chat/monitoring.md lists\n%s\nand there are (go test -update writes them)\n%s", listed, list.String())
	}
}
