package trial

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const module = "github.com/madang-chat/madang"

// Copy copies an example into a folder outside the repository and makes a module of it, as `go mod
// init` and `go mod tidy` do: with the requirements of the module that it comes from, and with the
// library of this repository in place of a published one. It returns the folder.
func Copy(t *testing.T, name string) string {
	t.Helper()
	from := goTool(t, ".", "list", "-f", "{{.Dir}}\n{{.Module.GoMod}}\n{{.Module.Dir}}", module+"/examples/"+name)
	source, goMod, home := from[0], from[1], from[2]
	to := t.TempDir()
	copyFolder(t, source, to)
	copyFile(t, goMod, filepath.Join(to, "go.mod"))
	copyFile(t, filepath.Join(home, "go.sum"), filepath.Join(to, "go.sum"))
	library := goTool(t, ".", "list", "-m", "-f", "{{.Dir}}", module)[0]
	goTool(t, to, "mod", "edit", "-module=example.org/"+name, "-require="+module+"@v0.0.0", "-replace="+module+"="+library)
	return to
}

// copyFolder leaves out what npm and Vite have put there.
func copyFolder(t *testing.T, source, to string) {
	t.Helper()
	err := filepath.WalkDir(source, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(source, path)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "dist"):
			return filepath.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, name), 0o755)
		}
		copyFile(t, path, filepath.Join(to, name))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, data, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// goTool returns the lines that the tool prints.
func goTool(t *testing.T, folder string, args ...string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = folder
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, problems.String())
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}
