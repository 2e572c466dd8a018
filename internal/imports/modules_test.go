package imports

import (
	"encoding/json"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/madang-chat/madang/internal/nodetest"
)

// What whoever uses the library gets with it.
var requirements = []string{
	"github.com/go-json-experiment/json",
	"golang.org/x/sys",
}

// alone are the modules that go.work leaves out.
var alone = []string{"interop/foreign/go"}

// modules lists the folders of the repository that have a go.mod, the root as ".".
func modules(t *testing.T) (folders []string) {
	t.Helper()
	for _, name := range tracked(t) {
		if path.Base(name) == "go.mod" {
			folders = append(folders, path.Dir(name))
		}
	}
	slices.Sort(folders)
	return folders
}

// tracked lists what git has, or would have.
func tracked(t *testing.T) (names []string) {
	t.Helper()
	out := git(t, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	for name := range strings.SplitSeq(strings.TrimSuffix(out, "\x00"), "\x00") {
		// A file that is deleted may still be in the index.
		if _, err := os.Lstat(filepath.Join(nodetest.Root(), name)); err == nil {
			names = append(names, name)
		}
	}
	return names
}

// A goMod is what `go mod edit -json` or `go work edit -json` tells.
type goMod struct {
	Module  struct{ Path string }
	Require []struct{ Path string }
	Replace []struct {
		Old struct{ Path string }
		New struct{ Path string }
	}
	Tool []struct{ ModPath string }
	Use  []struct{ DiskPath string }
}

func (m goMod) requires() (paths []string) {
	for _, r := range m.Require {
		paths = append(paths, r.Path)
	}
	slices.Sort(paths)
	return paths
}

func edit(t *testing.T, what, file string) (m goMod) {
	t.Helper()
	out, err := exec.Command("go", what, "edit", "-json", filepath.Join(nodetest.Root(), file)).Output()
	if err == nil {
		err = json.Unmarshal(out, &m)
	}
	if err != nil {
		t.Fatalf("go %s edit %s: %v", what, file, err)
	}
	return m
}

// The requirements of the library are those of its tests too.
func TestLibraryRequiresTwo(t *testing.T) {
	m := edit(t, "mod", "go.mod")
	if got := m.requires(); !slices.Equal(got, requirements) {
		t.Errorf("the library requires %q, want %q", got, requirements)
	}
	if len(m.Replace) > 0 || len(m.Tool) > 0 {
		t.Errorf("go.mod of the library replaces %v and has tools %v", m.Replace, m.Tool)
	}
}

// Every module stands in go.work, is named after its folder, and finds without it what it imports:
// with go.work it would see what others require, too.
func TestModulesAreJoined(t *testing.T) {
	want := slices.DeleteFunc(modules(t), func(folder string) bool { return slices.Contains(alone, folder) })
	var joined []string
	for _, use := range edit(t, "work", "go.work").Use {
		joined = append(joined, path.Clean(use.DiskPath))
	}
	if slices.Sort(joined); !slices.Equal(joined, want) {
		t.Errorf("go.work joins %q, want %q", joined, want)
	}
	for _, folder := range modules(t) {
		if !slices.Contains(alone, folder) {
			cmd := exec.Command("go", "list", "-deps", "-test", "./...")
			cmd.Dir = filepath.Join(nodetest.Root(), folder)
			cmd.Env = append(os.Environ(), "GOWORK=off")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s requires too little: go list: %v\n%s", folder, err, out)
			}
		}
		m := edit(t, "mod", path.Join(folder, "go.mod"))
		if name := path.Join(module, folder); m.Module.Path != name {
			t.Errorf("%s: module %s, want %s", folder, m.Module.Path, name)
		}
		replaced := map[string]string{}
		for _, r := range m.Replace {
			replaced[r.Old.Path] = r.New.Path
		}
		for _, r := range m.Require {
			ours, ok := strings.CutPrefix(r.Path+"/", module)
			if ok && path.Join(folder, replaced[r.Path]) != path.Clean(ours) {
				t.Errorf("%s: %s is replaced by %q", folder, r.Path, replaced[r.Path])
			}
		}
	}
}
