package clientfiles

import (
	"io/fs"
	"os/exec"
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

// Node undoes what `make client` has compressed.
func TestCompressedFormsAreTheScripts(t *testing.T) {
	nodetest.Need(t, nodetest.Packages)
	const check = `
const { readFileSync } = require("node:fs");
const { brotliDecompressSync, gunzipSync } = require("node:zlib");
for (const file of process.argv.slice(1)) {
  const plain = readFileSync(file);
  for (const [suffix, undo] of [[".br", brotliDecompressSync], [".gz", gunzipSync]]) {
    const packed = readFileSync(file + suffix);
    if (!undo(packed).equals(plain) || packed.length > plain.length / 2) throw file + suffix;
  }
}`
	args := []string{"-e", check}
	for _, name := range Names {
		if strings.HasSuffix(name, ".js") {
			args = append(args, filepath.Join("dist", name))
		}
	}
	if out, err := exec.CommandContext(t.Context(), "node", args...).CombinedOutput(); err != nil {
		t.Errorf("%v: run make client\n%s", err, out)
	}
}
