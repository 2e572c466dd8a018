package imports

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/madang-chat/madang/internal/nodetest"
)

// TestCloneWithoutNPM copies what git has, or would have, to an empty folder: there are no
// packages of npm and no built files. The Go part builds, vets and tests there. Of the tests
// all are compiled and those of one package run; running them all would run this one.
func TestCloneWithoutNPM(t *testing.T) {
	clone := t.TempDir()
	for _, name := range strings.Split(git(t, "ls-files", "-z", "--cached", "--others", "--exclude-standard"), "\x00") {
		if name != "" {
			copyFile(t, filepath.Join(clone, name), filepath.Join(nodetest.Root(), name))
		}
	}
	for _, args := range []string{
		"build ./...",
		"vet ./...",
		"test -run ^$ ./...",
		"test ./internal/packet ./internal/clientfiles",
	} {
		cmd := exec.Command("go", strings.Fields(args)...)
		cmd.Dir = clone
		cmd.Env = append(os.Environ(), "CI=", "GOWORK=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("go %s: %v\n%s", args, err, out)
		}
	}
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

// copyFile copies a regular file. A file that is deleted but still in the index is left out.
func copyFile(t *testing.T, to, from string) {
	t.Helper()
	in, err := os.Open(from)
	if os.IsNotExist(err) {
		return
	}
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
