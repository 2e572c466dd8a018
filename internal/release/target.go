package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// repository is the module's name.
const repository = "github.com/madang-chat/madang"

// target is a system that the program is built for.
type target struct{ os, arch string }

func newTarget(name string) (target, error) {
	system, arch, ok := strings.Cut(name, "/")
	if !ok || system == "" || arch == "" {
		return target{}, fmt.Errorf("%q isn't a target such as linux/amd64", name)
	}
	return target{system, arch}, nil
}

func (t target) String() string { return t.os + "-" + t.arch }

func (t target) program() string {
	if t.os == "windows" {
		return "madang.exe"
	}
	return "madang"
}

// command is a command of Go that sees the target, and of the modules what chat/go.mod says: a
// workspace could raise a version for the sake of a test.
func (t target) command(args ...string) *exec.Cmd {
	cmd := exec.Command("go", args...)
	cmd.Dir = "chat"
	cmd.Stderr = os.Stderr
	cmd.Env = append(os.Environ(), "GOOS="+t.os, "GOARCH="+t.arch, "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=",
		"GOAMD64=v1", "GOARM64=v8.0", "GO386=sse2", "GOEXPERIMENT=", "GOFIPS140=off")
	return cmd
}

// build compiles the program to path.
func (t target) build(path string, v version) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	flags := fmt.Sprintf("-s -w -X main.released=%s -X main.commit=%s -X main.date=%s",
		v.name, v.commit, v.date.Format(time.RFC3339))
	// Go would write the commit into the program in some checkouts and not in others.
	if err := t.command("build", "-trimpath", "-buildvcs=false", "-ldflags", flags, "-o", path, "./cmd/madang").Run(); err != nil {
		return fmt.Errorf("go build: %w", err)
	}
	return nil
}

// files are what a download holds.
func (t target) files(program string, parts []npmPart) ([]file, error) {
	licenses, err := t.licenses(parts)
	if err != nil {
		return nil, err
	}
	files := []file{{name: "LICENSES.txt", data: licenses, mode: 0o644}}
	add := func(name, path string, mode os.FileMode) {
		data, readErr := os.ReadFile(path)
		files, err = append(files, file{name, data, mode}), errors.Join(err, readErr)
	}
	add(t.program(), program, 0o755)
	for _, name := range []string{"README.md", "README.ko.md", "LICENSE"} {
		add(name, name, 0o644)
	}
	add("madang.yaml", "deploy/madang.yaml", 0o644)
	if t.os != "linux" {
		return files, err
	}
	add("madang-backup", "deploy/madang-backup", 0o755)
	units, globErr := filepath.Glob("deploy/systemd/*")
	for _, unit := range units {
		add("systemd/"+filepath.Base(unit), unit, 0o644)
	}
	return files, errors.Join(err, globErr)
}
