package hosting

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/buildinfo"
	"debug/elf"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/madang-chat/madang/internal/nodetest"
)

// A released is what `make release` builds for this machine.
type released struct {
	dir     string
	program string
}

func (r released) file(suffix string) string {
	return filepath.Join(r.dir, "madang-linux-"+runtime.GOARCH+suffix)
}

var makeRelease = sync.OnceValues(func() (r released, err error) {
	if _, err := built(); err != nil { // it makes the folder that is removed at the end
		return r, err
	}
	r.dir = filepath.Join(programDir, "release")
	r.program = filepath.Join(r.dir, "linux-"+runtime.GOARCH, "madang")
	cmd := exec.Command("go", "run", "./internal/release", "-o", r.dir, "linux/"+runtime.GOARCH)
	cmd.Dir = nodetest.Root()
	if out, err := cmd.CombinedOutput(); err != nil {
		return r, fmt.Errorf("release: %w\n%s", err, out)
	}
	return r, nil
})

func release(t *testing.T) released {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("not run: what is packed is for Linux")
	}
	nodetest.Need(t, nodetest.Packages)
	r, err := makeRelease()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The program needs nothing of the machine that it runs on, and tells nothing of the one that it
// was built on.
func TestReleasedProgramIsStatic(t *testing.T) {
	r := release(t)
	f, err := elf.Open(r.program)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, part := range f.Progs {
		if part.Type == elf.PT_INTERP || part.Type == elf.PT_DYNAMIC {
			t.Errorf("it wants a loader: %v", part.Type)
		}
	}
	if f.Section(".symtab") != nil {
		t.Error("it has a table of symbols")
	}
	data, err := os.ReadFile(r.program)
	if err != nil {
		t.Fatal(err)
	}
	if len(data) > 30<<20 {
		t.Errorf("it has %d MB", len(data)>>20)
	}
	if at := bytes.Index(data, []byte(nodetest.Root())); at >= 0 {
		t.Errorf("it knows where it was built: %q", data[at:at+100])
	}
	describe := exec.Command("git", "describe", "--tags", "--always")
	if name, err := describe.Output(); err != nil || !bytes.Contains(data, bytes.TrimSpace(name)) {
		t.Errorf("it doesn't know its version %s (%v)", name, err)
	}
}

// Sums, the list of parts and the licenses are complete.
func TestReleaseIsWhole(t *testing.T) {
	r := release(t)
	sums, err := os.ReadFile(filepath.Join(r.dir, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{".tar.gz", ".cdx.json"} {
		data, err := os.ReadFile(r.file(suffix))
		if err != nil {
			t.Fatal(err)
		}
		if line := fmt.Sprintf("%x  %s\n", sha256.Sum256(data), filepath.Base(r.file(suffix))); !strings.Contains(string(sums), line) {
			t.Errorf("SHA256SUMS lacks %s", line)
		}
	}

	var parts struct {
		BOMFormat  string
		Components []struct{ Name, Version, PURL string }
	}
	text, _ := os.ReadFile(r.file(".cdx.json"))
	if err := json.Unmarshal(text, &parts); err != nil || parts.BOMFormat != "CycloneDX" {
		t.Fatalf("SBOM: %v", err)
	}
	files := unpacked(t, r.file(".tar.gz"))
	licenses := string(files["LICENSES.txt"])
	info, err := buildinfo.ReadFile(r.program)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{"std": true, "preact": true, "socket.io-client": true, "engine.io-client": true, "notepack.io": true}
	for _, m := range info.Deps {
		want[m.Path] = true
		if m.Replace == nil && !strings.Contains(licenses, "\n"+m.Path+" "+m.Version+"\n") {
			t.Errorf("LICENSES.txt lacks %s %s", m.Path, m.Version)
		}
	}
	for _, p := range parts.Components {
		delete(want, p.Name)
		if p.Name == "" || p.Version == "" || !strings.HasPrefix(p.PURL, "pkg:") || strings.Contains(p.PURL, "..") {
			t.Errorf("the SBOM has %+v", p)
		}
	}
	if len(want) > 0 {
		t.Errorf("the SBOM lacks %v", want)
	}

	program, _ := os.ReadFile(r.program)
	if !bytes.Equal(files["madang"], program) {
		t.Error("the program in the archive is another one")
	}
	for _, name := range []string{"README.md", "LICENSE", "madang.yaml", "madang-backup", "systemd/madang.service", "systemd/madang.socket"} {
		if len(files[name]) == 0 {
			t.Errorf("the archive lacks %s", name)
		}
	}
}

// unpacked is what an archive holds below its one folder.
func unpacked(t *testing.T, name string) map[string][]byte {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		_, local, _ := strings.Cut(h.Name, "/")
		if files[local], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
}

// dpkg takes the package, and its files are where systemd and users look for them.
func TestReleasedPackage(t *testing.T) {
	nodetest.Need(t, nodetest.DpkgDeb)
	r := release(t)
	deb := filepath.Join(r.dir, "madang-"+runtime.GOARCH+".deb")
	control, err := exec.Command("dpkg-deb", "--field", deb, "Package", "Version", "Architecture", "Depends").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, control)
	}
	root := t.TempDir()
	if out, err := exec.Command("dpkg-deb", "--raw-extract", deb, root).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{"usr/bin/madang", "usr/bin/madang-backup", "etc/madang/madang.yaml", "usr/share/doc/madang/copyright", "DEBIAN/postinst"} {
		if _, err := os.Stat(filepath.Join(root, name)); err != nil {
			t.Error(err)
		}
	}
	units, _ := filepath.Glob(filepath.Join(root, "usr/lib/systemd/system/*"))
	if len(units) != 5 {
		t.Errorf("units %v", units)
	}
	for _, unit := range units {
		text, err := os.ReadFile(unit)
		if err != nil || bytes.Contains(text, []byte("/usr/local/")) {
			t.Errorf("%s: %v\n%s", unit, err, text)
		}
	}
	if out, err := exec.Command(filepath.Join(root, "usr/bin/madang"), "config", "--config="+filepath.Join(root, "etc/madang/madang.yaml")).CombinedOutput(); err != nil ||
		!slices.ContainsFunc(strings.Split(string(out), "\n"), func(line string) bool { return strings.Contains(line, "/var/lib/madang") }) {
		t.Errorf("madang config: %v\n%s", err, out)
	}
}
