package imports

import (
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/madang-chat/madang/internal/nodetest"
)

// TestCloneWithoutNPM copies what git has, or would have, to an empty folder: there are no
// packages of npm and no built files. The Go part of every module builds, vets and tests there,
// without go.work. Of the tests all are compiled and those of two packages run; running them all
// would run this one.
func TestCloneWithoutNPM(t *testing.T) {
	clone := t.TempDir()
	for _, name := range tracked(t) {
		copyFile(t, filepath.Join(clone, name), filepath.Join(nodetest.Root(), name))
	}
	run := func(folder, args string) {
		cmd := exec.Command("go", strings.Fields(args)...)
		cmd.Dir = filepath.Join(clone, folder)
		// Without the name of the folder, which is another one each time, what was compiled is
		// found again.
		cmd.Env = append(os.Environ(), "CI=", "GOWORK=off", "GOFLAGS=-trimpath")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("go %s in %s: %v\n%s", args, folder, err, out)
		}
	}
	for _, folder := range modules(t) {
		switch {
		case slices.Contains(alone, folder): // what it requires is on machines that run it
		case len(edit(t, "mod", path.Join(folder, "go.mod")).Tool) > 0:
			run(folder, "list -deps tool") // it has no packages
		default:
			run(folder, "build ./...")
			run(folder, "vet ./...")
			run(folder, "test -run ^$ ./...")
		}
	}
	run(".", "test ./internal/packet ./internal/clientfiles")
}

func git(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = nodetest.Root()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git %s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}

// copyFile copies a regular file.
func copyFile(t *testing.T, to, from string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}
