package main

import (
	"encoding/json"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
)

func TestVersion(t *testing.T) {
	code, out, _ := ran(t, "version")
	if lines := strings.Split(out, "\n"); code != 0 || len(lines) != 5 || lines[0] != "madang "+version() || lines[3] != runtime.Version()+" "+runtime.GOOS+"/"+runtime.GOARCH {
		t.Errorf("%d: %s", code, out)
	}
	var b build
	if code, out, _ := ran(t, "version", "--json"); code != 0 || json.Unmarshal([]byte(out), &b) != nil || b.Version != version() || b.Go == "" {
		t.Errorf("%d: %s", code, out)
	}
}

// A release tells what the linker was told; a build from a checkout tells the commit.
func TestVersionOfAReleaseAndOfACheckout(t *testing.T) {
	info := &debug.BuildInfo{Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.time", Value: "2026-01-02"}}}
	info.Main.Version = "(devel)"
	if b := buildOf(info); b.Version != "abc" || b.Commit != "abc" || b.Date != "2026-01-02" {
		t.Errorf("%+v", b)
	}
	if b := buildOf(nil); b.Version != "devel" {
		t.Errorf("%+v", b)
	}
	path := t.TempDir() + "/madang"
	build := exec.Command("go", "build", "-o", path, "-ldflags", "-X main.released=v1.2.3 -X main.commit=abc -X main.date=2026-01-02", ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := exec.Command(path, "version").Output()
	if err != nil || !strings.HasPrefix(string(out), "madang v1.2.3\ncommit abc\ndate 2026-01-02\n") {
		t.Errorf("%v: %s", err, out)
	}
}
