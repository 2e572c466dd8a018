package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// joined is what a client learns by a join.
type joined struct {
	Epoch    string
	Rev      int64
	Reset    bool
	Messages []message
}

// since joins as a client that has seen so much, or as a new one.
func (b *browser) since(room string, seen *joined) (j joined) {
	b.t.Helper()
	request := fmt.Sprintf(`{"room":%q}`, room)
	if seen != nil {
		request = fmt.Sprintf(`{"room":%q,"since":{"epoch":%q,"rev":%d}}`, room, seen.Epoch, seen.Rev)
	}
	reply := []joined{}
	if err := json.Unmarshal([]byte(b.join(request)), &reply); err != nil || len(reply) != 1 {
		b.t.Fatalf("join: %+v, %v", reply, err)
	}
	return reply[0]
}

func (b *browser) say(room, text string) {
	b.t.Helper()
	if a := b.do("POST", "/room/"+room+"/chat", fmt.Sprintf(`{"chat":%q}`, text)); a.status != 200 {
		b.t.Fatalf("chat: %+v", a)
	}
}

// The way of an operator: backup beside the running server, verify, restore on a fresh folder and
// over the old one.
func TestO3Commands(t *testing.T) {
	program, dir := binary(t), filepath.Join(t.TempDir(), "data")
	p := launch(t, program, dir, "localhost:0")
	b := newBrowser(t, p.url)
	room := b.openRoom(`{"title":"마당","password":"s3cret-pass"}`)
	b.sit(room)
	b.say(room, "안녕")
	img := randomImage(true)
	var posted message
	a, err := b.upload(room, img)
	if err != nil {
		t.Fatal(err)
	}
	a.decode(t, &posted)

	saved := filepath.Join(t.TempDir(), "saved")
	call := func(fails bool, words string, args ...string) {
		t.Helper()
		out, err := exec.Command(program, args...).CombinedOutput()
		if fails != (err != nil) || !strings.Contains(string(out), words) {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
	before := b.history(room)
	call(false, "images: 1", "backup", "--data", dir, saved)
	call(true, "is there already", "backup", "--data", dir, saved)
	call(false, "is whole", "verify", saved)
	call(true, "in use by process", "restore", "--data", dir, "--replace", saved)
	b.say(room, "after the backup")
	p.kill()
	call(true, "--replace", "restore", "--data", dir, saved)

	// The cookie, the seat, the password and the image are those of the backup.
	fresh := filepath.Join(t.TempDir(), "elsewhere", "data")
	call(false, "is restored", "restore", "--data", fresh, saved)
	call(false, "The old data is in", "restore", "--data", dir, "--replace", saved)
	for _, dir := range []string{fresh, dir} {
		p = launch(t, program, dir, "localhost:0")
		b.url = p.url
		if after := b.history(room); !slices.Equal(before, after) {
			t.Errorf("history was %+v, is %+v", before, after)
		}
		if a := b.do("GET", "/gif/"+posted.GIF, ""); a.status != 200 || a.body != string(img) {
			t.Errorf("an image of %d bytes became %d, %d bytes", len(img), a.status, len(a.body))
		}
		b.say(room, "restored")
		p.kill()
	}

	path := filepath.Join(saved, "chat.db")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	call(true, "chat.db has changed", "verify", saved)
	call(true, "chat.db has changed", "restore", "--data", filepath.Join(t.TempDir(), "data"), saved)
}

// A client that has seen what a restored database doesn't know starts anew and shows what there is;
// so does one that comes when an older file was put there by hand.
func TestR7RestoredBackup(t *testing.T) {
	for name, restore := range map[string]func(t *testing.T, dir, saved string){
		"restored": func(t *testing.T, dir, saved string) {
			out := newOutput()
			if code := run(t.Context(), []string{"restore", "--data", dir, "--replace", saved}, out, out); code != 0 {
				t.Fatal(out)
			}
		},
		"put there by hand": func(t *testing.T, dir, saved string) {
			data, err := os.ReadFile(filepath.Join(saved, "chat.db"))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "chat.db"), data, 0o600); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, saved := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "saved")
			m, _ := start(t, dir)
			b := newBrowser(t, m.URL())
			room := b.openRoom(`{"title":"마당"}`)
			b.sit(room)
			b.say(room, "yesterday")
			out := newOutput()
			if code := run(t.Context(), []string{"backup", "--data", dir, saved}, out, out); code != 0 {
				t.Fatal(out)
			}
			if err := m.Close(); err != nil {
				t.Fatal(err)
			}
			m, _ = start(t, dir)
			b.url = m.URL()
			for i := range 3 {
				b.say(room, fmt.Sprint("today ", i))
			}
			seen := b.since(room, nil)
			if again := b.since(room, &seen); again.Reset || again.Epoch != seen.Epoch || len(again.Messages) != 0 {
				t.Errorf("before: %+v", again)
			}
			m.Close()
			restore(t, dir, saved)

			m, log := start(t, dir)
			if told := strings.Contains(log.String(), "older than it was"); told != (name != "restored") {
				t.Errorf("log: %s", log)
			}
			b.url = m.URL()
			b.say(room, "instead") // has the rev of a message that the client saw
			again := b.since(room, &seen)
			if !again.Reset || again.Epoch == seen.Epoch {
				t.Errorf("after: %+v", again)
			}
			if all := b.history(room); !slices.Equal(again.Messages, all) || all[len(all)-1].Chat != "instead" || len(all) != 4 {
				t.Errorf("the client shows %+v, there is %+v", again.Messages, all)
			}
			epoch := again.Epoch
			m.Close()
			m, _ = start(t, dir)
			b.url = m.URL()
			if again := b.since(room, &again); again.Reset || again.Epoch != epoch {
				t.Errorf("after another start: %+v", again)
			}
		})
	}
}

// Serving half of a restored folder would make an empty database.
func TestUnfinishedRestoreIsNotServed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	m, _ := start(t, dir)
	m.Close()
	if err := os.Mkdir(filepath.Join(dir, "restoring"), 0o700); err != nil {
		t.Fatal(err)
	}
	m = &Main{Listen: "localhost:0", Data: dir, Log: m.Log}
	if err := m.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "madang restore") {
		t.Errorf("served: %v", err)
		m.Close()
	}
}
