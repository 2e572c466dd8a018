// Package nodetest finds what tests with real JavaScript clients need: Node, the packages of
// package.json, a Chromium; and the servers of others that ours stands beside.
//
// A test calls Need first. On a developer's machine it is skipped with a clear text when
// something is missing; with CI=true in the environment it fails, so that a broken machine
// can't pass for a green one. Any goroutine may call what is here.
package nodetest

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
)

// A Tool is something outside Go that tests need.
type Tool string

const (
	Node     Tool = "Node"                       // the program node
	Packages Tool = "npm packages (make client)" // node_modules
	Chromium Tool = "Chromium"                   // $CHROMIUM or a well-known place

	// Programs in the PATH, or beside the administrator's.
	Nginx          Tool = "nginx"
	Caddy          Tool = "caddy"
	Prometheus     Tool = "prometheus"
	Promtool       Tool = "promtool"
	Buildah        Tool = "buildah"
	SystemdAnalyze Tool = "systemd-analyze"
	SocketActivate Tool = "systemd-socket-activate"
	Shellcheck     Tool = "shellcheck"
	Hadolint       Tool = "hadolint"
	Strace         Tool = "strace"
	DpkgDeb        Tool = "dpkg-deb"
	Redis          Tool = "redis-server"
	Postgres       Tool = "postgres" // beside its other programs
)

// programs are the tools that are found by their names.
var programs = []Tool{Nginx, Caddy, Prometheus, Promtool, Buildah, SystemdAnalyze, SocketActivate, Shellcheck, Hadolint, Strace, DpkgDeb, Redis, Postgres}

// Need skips the test when a tool is missing, or fails it when CI=true. Packages include Node:
// nothing can be done with the one without the other.
func Need(t testing.TB, tools ...Tool) {
	t.Helper()
	for _, tool := range tools {
		err := find(tool)
		if err == nil {
			continue
		}
		if os.Getenv("CI") == "true" {
			t.Fatalf("needs %s, and with CI=true nothing may be missing: %v", tool, err)
		}
		t.Skipf("not run, needs %s: %v", tool, err)
	}
}

// Missing lists the tools that this machine lacks.
func Missing() []Tool {
	tools := append([]Tool{Node, Packages, Chromium}, programs...)
	return slices.DeleteFunc(tools, func(tool Tool) bool { return find(tool) == nil })
}

func find(tool Tool) error {
	switch tool {
	case Node:
		_, err := exec.LookPath("node")
		return err
	case Packages:
		if err := find(Node); err != nil {
			return err
		}
		// npm writes this file last.
		_, err := os.Stat(filepath.Join(Root(), "node_modules", ".package-lock.json"))
		return err
	case Chromium:
		_, err := ChromiumPath()
		return err
	}
	if slices.Contains(programs, tool) {
		_, err := ProgramPath(tool)
		return err
	}
	return fmt.Errorf("unknown tool %q", tool)
}

// ProgramPath returns where the program of a tool is. Debian puts servers where the PATH of most
// users doesn't lead.
func ProgramPath(tool Tool) (string, error) {
	path, err := exec.LookPath(string(tool))
	if err == nil {
		return path, nil
	}
	if beside, err := exec.LookPath(filepath.Join("/usr/sbin", string(tool))); err == nil {
		return beside, nil
	}
	if tool == Postgres {
		return postgresPath()
	}
	return "", err
}

// ChromiumPath returns the browser to run: $CHROMIUM, else the first one in the PATH.
func ChromiumPath() (string, error) {
	if path := os.Getenv("CHROMIUM"); path != "" {
		return exec.LookPath(path)
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("no chromium in the PATH and CHROMIUM is not set")
}

// Root returns the folder of the repository: the nearest one above the working directory with a
// go.work. A test works in the folder of its package. It panics outside the repository.
func Root() string {
	dir, err := os.Getwd()
	for err == nil {
		if _, found := os.Stat(filepath.Join(dir, "go.work")); found == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			err = fmt.Errorf("no go.work above the working directory")
		}
		dir = filepath.Dir(dir)
	}
	panic("nodetest: " + err.Error())
}

// Build compiles the command in a folder, of the repository unless the path is absolute, into dir
// and returns the program's path. The program gets the race detector when the test has it: it is
// what the test is about.
func Build(dir, folder string) (string, error) {
	if !filepath.IsAbs(folder) {
		folder = filepath.Join(Root(), folder)
	}
	path := filepath.Join(dir, filepath.Base(folder))
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	args := []string{"build", "-o", path}
	if raced() {
		args = append(args, "-race")
	}
	cmd := exec.Command("go", args...)
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", folder, err, out)
	}
	return path, nil
}

// Start starts a command and returns the ends of its input and output. The caller waits for it.
func Start(t testing.TB, cmd *exec.Cmd) (in io.WriteCloser, out io.ReadCloser) {
	t.Helper()
	in, err := cmd.StdinPipe()
	if err == nil {
		out, err = cmd.StdoutPipe()
	}
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatalf("start %v: %v", cmd.Args, err)
	}
	return in, out
}

// raced tells whether this very program was built with the race detector.
func raced() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}
