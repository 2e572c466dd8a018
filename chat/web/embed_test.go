package web

import (
	"testing"
	"testing/fstest"

	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

func TestFolderWithoutBuild(t *testing.T) {
	root := fstest.MapFS{"dist/README.md": {Data: []byte("not built")}}
	if files, ok := built(root); ok || files != nil {
		t.Errorf("built = %v, %v for a folder with the placeholder alone", files, ok)
	}
	root["dist/index.html"] = &fstest.MapFile{Data: []byte("<!doctype html>")}
	files, ok := built(root)
	if !ok {
		t.Fatal("built refuses a folder with a page")
	}
	if _, err := files.Open("index.html"); err != nil {
		t.Error(err)
	}
}

// The placeholder alone makes the package compile on a clone without npm.
func TestPlaceholderIsEmbedded(t *testing.T) {
	if _, err := dist.Open("dist/README.md"); err != nil {
		t.Error(err)
	}
}
