package main

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/madang-chat/madang/internal/nodetest"
)

// A room lasts while its only visitor looks elsewhere, has the phone in the pocket, or comes back
// much later; its owner decides how long, is told when it ends, and may take back its closing.
// Seats are kept for two seconds here, so what takes minutes elsewhere is seen.
func TestM2RoomsOnPages(t *testing.T) {
	nodetest.Need(t, nodetest.Packages, nodetest.Chromium)
	chromium, err := nodetest.ChromiumPath()
	if err != nil {
		t.Fatal(err)
	}
	program, dir := binary(t), filepath.Join(t.TempDir(), "data")
	p := launch(t, program, dir, "localhost:0", "--limit=seat-grace=2s", "--limit=empty-grace=2s", "--limit=life-sweep=500ms", "--limit=creates-per-address=-1", "--limit=close-grace=12s")
	if out, err := exec.CommandContext(t.Context(), "node", "last.mjs", p.url, chromium).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
