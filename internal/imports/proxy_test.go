package imports

import (
	"archive/zip"
	"encoding/json"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/nodetest"
)

// version is what the tests publish the working tree as.
const version = "v0.1.0"

// publish writes a module into a file proxy as the go command would get it from git: without what
// git ignores and without the modules within.
func publish(t *testing.T, proxy, folder string) {
	t.Helper()
	name := path.Join(module, folder)
	versions := filepath.Join(proxy, filepath.FromSlash(name), "@v")
	if err := os.MkdirAll(versions, 0o755); err != nil {
		t.Fatal(err)
	}
	info, err := json.Marshal(map[string]any{"Version": version, "Time": time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	mod := released(t, folder)
	for file, text := range map[string][]byte{"list": []byte(version + "\n"), version + ".info": info, version + ".mod": mod} {
		if err := os.WriteFile(filepath.Join(versions, file), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out, err := os.Create(filepath.Join(versions, version+".zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	archive := zip.NewWriter(out)
	for _, file := range filesOf(t, folder) {
		text := mod
		if file != "go.mod" {
			if text, err = os.ReadFile(filepath.Join(nodetest.Root(), folder, file)); err != nil {
				t.Fatal(err)
			}
		}
		w, err := archive.Create(name + "@" + version + "/" + file)
		if err == nil {
			_, err = w.Write(text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
}

// filesOf lists the files of a module, from its folder.
func filesOf(t *testing.T, folder string) (files []string) {
	t.Helper()
	inside := func(name, folder string) (rest string, ok bool) {
		if folder == "." {
			return name, true
		}
		return strings.CutPrefix(name, folder+"/")
	}
	within := slices.DeleteFunc(modules(t), func(other string) bool {
		_, ok := inside(other, folder)
		return other == folder || !ok
	})
	for _, name := range tracked(t) {
		file, ok := inside(name, folder)
		if ok && !slices.ContainsFunc(within, func(other string) bool { _, ok := inside(name, other); return ok }) {
			files = append(files, file)
		}
	}
	return files
}

// released is the go.mod of a module with the version of ours that is published with it.
func released(t *testing.T, folder string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "go.mod")
	copyFile(t, file, filepath.Join(nodetest.Root(), folder, "go.mod"))
	args := []string{"mod", "edit", "-fmt"}
	for _, r := range edit(t, "mod", path.Join(folder, "go.mod")).Require {
		if strings.HasPrefix(r.Path+"/", module) {
			args = append(args, "-require="+r.Path+"@"+version, "-dropreplace="+r.Path)
		}
	}
	if out, err := exec.Command("go", append(args, file)...).CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
