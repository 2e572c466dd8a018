package hosting

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/nodetest"
)

// What readers paste into a shell, and what runs as root on their machines, is sound.
func TestShellIsSound(t *testing.T) {
	nodetest.Need(t, nodetest.Shellcheck)
	check := func(name, text string) {
		t.Helper()
		// In a snippet a variable is of one before, and ls shows names that the chat made.
		cmd := exec.Command("shellcheck", "--shell=sh", "--exclude=SC2154,SC2012,SC2103,SC2164", "-")
		cmd.Stdin = strings.NewReader(text)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s\n%s", name, err, text, out)
		}
	}
	for _, page := range []string{"hosting.md", "backup.md"} {
		for _, s := range snippets(t, page) {
			if s.language == "sh" {
				check(page, s.text)
			}
		}
	}
	for _, name := range []string{"madang-backup", "debian/postinst", "debian/prerm", "debian/postrm"} {
		_, text := deployed(t, name)
		check(name, text)
	}
}

// A backup that isn't whole counts for nothing: it doesn't push a good one out, and stays to be
// looked at.
func TestBadBackupCountsForNothing(t *testing.T) {
	dir := t.TempDir()
	backups := filepath.Join(dir, "backups")
	script, text := deployed(t, "madang-backup")
	text = strings.Replace(text, "PATH=", "PATH="+dir+":", 1)
	copied := written(t, filepath.Join(dir, "madang-backup"), text)
	for name, text := range map[string]string{
		"madang": "#!/bin/sh\nif [ $1 = verify ]; then exit \"$BAD\"; fi\nmkdir \"$4\"\n",
		"date":   "#!/bin/sh\necho \"$NOW\"\n",
	} {
		os.Chmod(written(t, filepath.Join(dir, name), text), 0o755)
	}
	for i, bad := range []string{"0", "0", "1", "1", "0"} {
		cmd := exec.Command("sh", copied, "data", backups, "2")
		cmd.Env = append(os.Environ(), "BAD="+bad, fmt.Sprintf("NOW=2026-11-0%dT040000", i+1))
		if out, err := cmd.CombinedOutput(); (err != nil) != (bad == "1") {
			t.Fatalf("%s, night %d: %v\n%s", script, i+1, err, out)
		}
	}
	var names []string
	entries, _ := os.ReadDir(backups)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got := strings.Join(names, " "); got != "2026-11-02T040000 2026-11-03T040000-damaged 2026-11-04T040000-damaged 2026-11-05T040000" {
		t.Errorf("there are %s", got)
	}
}

// The line for cron makes a backup while the chat runs, verifies it and keeps the newest; the drill
// opens that one beside the chat.
func TestBackupAndDrillOfThePage(t *testing.T) {
	dir := t.TempDir()
	data, backups, bin := filepath.Join(dir, "data"), filepath.Join(dir, "backups"), filepath.Join(dir, "bin")
	script, _ := deployed(t, "madang-backup")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(madang(t), filepath.Join(bin, "madang")); err != nil {
		t.Fatal(err)
	}
	written(t, filepath.Join(bin, "sudo"), "#!/bin/sh\nshift 2\nexec \"$@\"\n") // sudo -u madang …
	os.Chmod(filepath.Join(bin, "sudo"), 0o755)
	path := "PATH=" + bin + ":" + os.Getenv("PATH")
	port := nodetest.FreePort(t)
	chat := serve(t, data, "--listen="+local(port), "--metrics=off")
	c := newCaller(t, "http://"+local(port), "127.0.0.1", nil)
	room := c.openRoom("")

	// The last field of the line is the command, behind the times and the user.
	line := strings.Split(strings.TrimSpace(snippetFor(t, "/etc/cron.d/madang")), "\n")[1]
	fields := strings.Fields(line)
	if len(fields) != 10 || fields[5] != "madang" || fields[6] != "madang-backup" {
		t.Fatalf("the line for cron is %q", line)
	}
	text, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	// The folder of the program comes first there, where it is installed.
	copied := written(t, filepath.Join(bin, "madang-backup"), strings.Replace(string(text), "PATH=", "PATH="+bin+":", 1))
	foreign := filepath.Join(backups, "mine")
	if err := os.MkdirAll(foreign, 0o755); err != nil {
		t.Fatal(err)
	}
	for range 4 { // of which three stay
		if out, err := exec.Command("sh", copied, data, backups, "3").CombinedOutput(); err != nil {
			t.Fatalf("backup: %v\n%s", err, out)
		}
		time.Sleep(1100 * time.Millisecond) // names are seconds
	}
	kept, _ := filepath.Glob(filepath.Join(backups, "2*"))
	if _, err := os.Stat(foreign); len(kept) != 3 || err != nil {
		t.Fatalf("kept %v, and what is somebody else's: %v", kept, err)
	}
	os.Remove(foreign)

	var drill string
	for _, s := range snippets(t, "hosting.md") {
		if strings.Contains(s.text, "drill") {
			drill = s.text
		}
	}
	other := nodetest.FreePort(t)
	drill = replaced(t, drill, "/var/backups/madang", backups, "/var/lib/madang/drill", filepath.Join(data, "drill"),
		"127.0.0.1:8009", local(other), "sudo -u madang madang serve", "exec sudo -u madang madang serve")
	cmd := exec.Command("sh", "-ec", drill)
	cmd.Env = append(os.Environ(), path)
	beside := start(t, cmd)
	beside.awaitPort(other)
	if a := newCaller(t, "http://"+local(other), "127.0.0.1", nil).ask("GET", "/room/"+room, nil); a.status != 200 {
		t.Errorf("the room in the drill: %d %s", a.status, a.body)
	}
	beside.end()
	chat.end()
}
