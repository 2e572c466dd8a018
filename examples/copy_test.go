package examples

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/madang-chat/madang/examples/internal/trial"
)

// TestEachCanBeCopiedOut: a folder alone, in a module of its own, builds, vets with its tests, runs
// and shows what is at its address.
func TestEachCanBeCopiedOut(t *testing.T) {
	for _, name := range programs(t) {
		t.Run(name, func(t *testing.T) {
			p := trial.Start(t, name)
			vet := exec.CommandContext(t.Context(), "go", "vet", "./...")
			vet.Dir = p.Folder
			if out, err := vet.CombinedOutput(); err != nil {
				t.Errorf("go vet: %v\n%s", err, out)
			}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Close = true
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != http.StatusOK {
				t.Errorf("GET %s: %s", p.URL, res.Status)
			}
		})
	}
}

// TestCopiesAreAlike: what several programs need stands in each of them, in the same words.
func TestCopiesAreAlike(t *testing.T) {
	for _, file := range []string{"serve.go", "database.go"} {
		first, same := []byte(nil), 0
		for _, name := range programs(t) {
			text, err := os.ReadFile(filepath.Join(name, file))
			if os.IsNotExist(err) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if same++; first == nil {
				first = text
			}
			if !bytes.Equal(text, first) {
				t.Errorf("%s/%s differs from that of the programs before it", name, file)
			}
		}
		if same < 2 {
			t.Errorf("%d programs have %s", same, file)
		}
	}
}

// programs are the folders that hold one.
func programs(t *testing.T) []string {
	t.Helper()
	mains, err := filepath.Glob("*/main.go")
	if err != nil || len(mains) == 0 {
		t.Fatalf("%d programs, %v", len(mains), err)
	}
	for i, main := range mains {
		mains[i] = filepath.Dir(main)
	}
	return mains
}
