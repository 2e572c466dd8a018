package main

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/madang-chat/madang/internal/nodetest"
)

// What the operator does to a room or a visitor is seen on open pages at once, in words.
func TestOperatorOnPages(t *testing.T) {
	nodetest.Need(t, nodetest.Packages, nodetest.Chromium)
	chromium, err := nodetest.ChromiumPath()
	if err != nil {
		t.Fatal(err)
	}
	program, dir := binary(t), filepath.Join(t.TempDir(), "data")
	p := launch(t, program, dir, "localhost:0")
	if out, err := exec.CommandContext(t.Context(), "node", "operator.mjs", p.url, chromium, program, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
