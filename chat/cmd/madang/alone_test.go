package main

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat/web"
)

// assetOfPage is a script or a style sheet of the page.
var assetOfPage = regexp.MustCompile(`(?:src|href)="(/assets/[^"]+)"`)

// One file, copied into an empty folder, is the whole chat: without arguments, without an
// environment but for the port.
func TestO1OneFileIsEnough(t *testing.T) {
	dir := t.TempDir()
	program, err := os.ReadFile(binary(t))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "madang")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	if err := os.WriteFile(path, program, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path)
	cmd.Dir = dir
	// The second is for Windows.
	cmd.Env = []string{"MADANG_LISTEN=localhost:0", "SYSTEMROOT=" + os.Getenv("SYSTEMROOT")}
	out, log := newOutput(), newOutput()
	cmd.Stdout, cmd.Stderr = out, log
	start := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	b := newBrowser(t, out.opened(t))
	page := b.do("GET", "/", "", "Accept: text/html")
	t.Logf("the first page after %v; the program has %.1f MB", time.Since(start).Round(time.Millisecond), float64(len(program))/1e6)
	if _, built := web.FS(); !built {
		t.Log("the page isn't built")
		return
	}
	assets := assetOfPage.FindAllStringSubmatch(page.body, -1)
	if page.status != 200 || len(assets) == 0 {
		t.Fatalf("%d: %s", page.status, page.body)
	}
	for _, asset := range assets {
		if a := b.do("GET", asset[1], ""); a.status != 200 || a.body == "" {
			t.Errorf("%s = %d", asset[1], a.status)
		}
	}
	if a := b.do("GET", "/readyz", ""); a.status != 200 {
		t.Errorf("%+v", a)
	}
	if !strings.HasPrefix(log.String(), "{") || strings.Contains(log.String(), `"ERROR"`) {
		t.Errorf("the log: %s", log)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 2 {
		t.Errorf("in the folder: %v", entries)
	}
	if runtime.GOOS != "windows" {
		cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
}

func TestO1ProgramIsSmallAndStatic(t *testing.T) {
	info, err := os.Stat(binary(t))
	if err != nil {
		t.Fatal(err)
	}
	if most := int64(30e6); info.Size() > most {
		t.Errorf("%d bytes, more than %d", info.Size(), most)
	}
	if runtime.GOOS != "linux" {
		return
	}
	file, err := elf.Open(binary(t))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	libraries, err := file.ImportedLibraries()
	if err != nil || len(libraries) > 0 {
		t.Errorf("it needs %v: %v", libraries, err)
	}
	for _, p := range file.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("it needs a loader")
		}
	}
}
