package clientfiles

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/madang-chat/madang/internal/leak"
	"github.com/madang-chat/madang/internal/nodetest"
)

func TestMain(m *testing.M) { leak.Main(m) }

func TestFolderWithoutClient(t *testing.T) {
	root := fstest.MapFS{"dist/README.md": {Data: []byte("not built")}}
	if files, ok := built(root, "dist", Names); ok || files != nil {
		t.Errorf("built = %v, %v for a folder without the client", files, ok)
	}
	for _, name := range Names[1:] {
		root["dist/"+name] = &fstest.MapFile{Data: []byte("x")}
	}
	if _, ok := built(root, "dist", Names); ok {
		t.Errorf("built accepts a folder without %s", Names[0])
	}
	root["dist/"+Names[0]] = &fstest.MapFile{Data: []byte("x")}
	if _, ok := built(root, "dist", Names); !ok {
		t.Error("built refuses a whole folder")
	}
}

func TestClientIsTheOfficialOne(t *testing.T) {
	nodetest.Need(t, nodetest.Packages)
	files, ok := FS()
	if !ok {
		t.Fatal("node_modules is there and the client is not: run make client")
	}
	for _, name := range Names {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, ".js") && !strings.Contains(string(data), "Socket.IO v4.8.4") {
			t.Errorf("%s does not begin with the banner of version 4.8.4", name)
		}
	}
}

func TestLegacyClientIsTheOfficialOne(t *testing.T) {
	nodetest.Need(t, nodetest.Packages)
	files, ok := Legacy()
	if !ok {
		t.Fatal("node_modules is there and the client 1.4.8 is not: run make client")
	}
	embedded, err := fs.ReadFile(files, LegacyNames[0])
	if err != nil {
		t.Fatal(err)
	}
	published, err := os.ReadFile(filepath.Join(nodetest.Root(), "node_modules", "client-1.4.8", LegacyNames[0]))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(embedded, published) {
		t.Error("the embedded client is not the one of npm")
	}
}
