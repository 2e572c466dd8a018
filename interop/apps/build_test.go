package apps

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// build copies an example and installs what it needs, unless that was done before with the same
// files and the same steps. It returns the folder of the copy.
func build(t *testing.T, mono string, a app) string {
	t.Helper()
	from := os.DirFS(filepath.Join(mono, "examples", a.name))
	to := abs(t, filepath.Join(".build", a.name+"-"+digest(t, from, a.install)))
	ready := filepath.Join(to, ".ready")
	if _, err := os.Stat(ready); err == nil {
		return to
	}
	if err := os.RemoveAll(to); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(to, from); err != nil {
		t.Fatal(err)
	}
	for _, s := range a.install {
		cmd := exec.CommandContext(t.Context(), "npm", strings.Fields(s.npm)...)
		cmd.Dir = filepath.Join(to, s.folder)
		for _, option := range []string{"audit=false", "fund=false", "ignore_scripts=true"} {
			cmd.Env = append(cmd.Environ(), "npm_config_"+option)
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("npm %s in %s: %v\n%s", s.npm, cmd.Dir, err, out)
		}
	}
	if err := os.WriteFile(ready, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return to
}

// digest names what a copy is made of.
func digest(t *testing.T, files fs.FS, steps []step) string {
	t.Helper()
	sum := sha256.New()
	fmt.Fprintln(sum, steps)
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		content, err := fs.ReadFile(files, path)
		fmt.Fprintf(sum, "%s %x\n", path, sha256.Sum256(content))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(sum.Sum(nil)[:4])
}
