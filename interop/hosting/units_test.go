package hosting

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/madang-chat/madang/internal/nodetest"
)

// deployed is a file of deploy.
func deployed(t *testing.T, name string) (path, text string) {
	t.Helper()
	path = filepath.Join(nodetest.Root(), "deploy", name)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, string(b)
}

// systemd takes the units, and finds the service shut off from all that it doesn't need.
func TestUnits(t *testing.T) {
	nodetest.Need(t, nodetest.SystemdAnalyze)
	files, err := filepath.Glob(filepath.Join(nodetest.Root(), "deploy", "systemd", "*"))
	if err != nil || len(files) != 5 {
		t.Fatalf("%d units, %v", len(files), err)
	}
	dir := t.TempDir()
	script, _ := deployed(t, "madang-backup")
	for i, file := range files {
		_, text := deployed(t, "systemd/"+filepath.Base(file))
		text = strings.ReplaceAll(text, "/usr/local/bin/madang-backup", script)
		// It looks for the program.
		text = strings.ReplaceAll(text, "/usr/local/bin/madang ", "/bin/true ")
		files[i] = written(t, filepath.Join(dir, filepath.Base(file)), text)
	}
	out, err := exec.Command("systemd-analyze", append([]string{"verify", "--man=no"}, files...)...).CombinedOutput()
	if err != nil || len(bytes.TrimSpace(out)) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	for _, unit := range []string{"madang.service", "madang-backup.service"} {
		// The threshold is ten times what is shown.
		out, err = exec.Command("systemd-analyze", "security", "--offline=true", "--threshold=20", filepath.Join(dir, unit)).CombinedOutput()
		if err != nil {
			t.Errorf("systemd-analyze security: %v\n%s", err, out)
		}
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		t.Log(lines[len(lines)-1])
	}
}

var (
	calledLine = regexp.MustCompile(`^\d+ +(?:<\.\.\. )?([a-z0-9_]+)[( ]`)
	familyName = regexp.MustCompile(`socket\((AF_[A-Z0-9_]+)`)
)

// The program, at work, calls nothing that its unit forbids: it would fail there and nowhere else.
func TestUnitForbidsNothingNeeded(t *testing.T) {
	nodetest.Need(t, nodetest.SystemdAnalyze, nodetest.Strace)
	_, unit := deployed(t, "systemd/madang.service")
	allowed := systemCalls(t, "@system-service")
	for _, group := range strings.Fields(setting(t, unit, "SystemCallFilter=~")) {
		for call := range systemCalls(t, group) {
			delete(allowed, call)
		}
	}
	families := strings.Fields(setting(t, unit, "RestrictAddressFamilies="))

	dir := t.TempDir()
	trace, data, port := filepath.Join(dir, "trace"), filepath.Join(dir, "data"), nodetest.FreePort(t)
	p := start(t, exec.Command("strace", "-f", "-qq", "-e", "trace=all", "-o", trace, release(t).program, "serve", "--data="+data,
		"--listen="+local(port), "--metrics="+local(nodetest.FreePort(t))))
	p.awaitPort(port)
	c := newCaller(t, "http://"+local(port), "127.0.0.1", nil)
	room := c.openRoom("s3cret-pass")
	c.post("/room/"+room+"/enter", `{"password":"s3cret-pass"}`)
	for _, path := range []string{"/", "/readyz", "/room/" + room, "/socket.io/?EIO=4&transport=polling"} {
		c.ask("GET", path, nil)
	}
	if out, err := exec.Command(release(t).program, "stats", "--data="+data).CombinedOutput(); err != nil {
		t.Errorf("stats: %v\n%s", err, out)
	}
	// strace passes on no signal: the program is its child.
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	exec.Command("kill", strings.Fields(string(children))...).Run()
	<-p.ended

	calls, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		allowed["fchown"] = true // SQLite, which gives files of root to the owner of the folder
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(calls)) {
		m := calledLine.FindStringSubmatch(line)
		if m == nil || strings.Contains(line, "resumed>") {
			continue
		}
		if !allowed[m[1]] && !seen[m[1]] {
			t.Errorf("the unit forbids %s", line)
		}
		seen[m[1]] = true
		if f := familyName.FindStringSubmatch(line); f != nil && !slices.Contains(families, f[1]) {
			t.Errorf("the unit forbids %s", line)
		}
		if strings.Contains(line, "PROT_WRITE|PROT_EXEC") {
			t.Errorf("the unit forbids %s", line)
		}
	}
	if !seen["accept4"] || !seen["pwrite64"] {
		t.Errorf("the program wasn't seen at work: %v", seen)
	}
}

// systemCalls are those of a group of systemd's.
func systemCalls(t *testing.T, group string) map[string]bool {
	t.Helper()
	out, err := exec.Command("systemd-analyze", "syscall-filter", group).Output()
	if err != nil {
		t.Fatalf("syscall-filter %s: %v", group, err)
	}
	calls := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		name := strings.TrimSpace(line)
		if strings.HasPrefix(name, "@") && name != group {
			for call := range systemCalls(t, name) {
				calls[call] = true
			}
			continue
		}
		calls[name] = true
	}
	return calls
}

func setting(t *testing.T, unit, key string) string {
	t.Helper()
	for line := range strings.Lines(unit) {
		if value, ok := strings.CutPrefix(line, key); ok {
			return strings.TrimSpace(value)
		}
	}
	t.Fatalf("no %s", key)
	return ""
}
