package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var linkOfRoom = regexp.MustCompile(`/room/([0-9A-Za-z]{22})`)

// A room is opened from its zip, by a running server and without one, and is the same as it was.
func TestF12ImportCommand(t *testing.T) {
	here, there, out := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "data"), t.TempDir()
	m, _ := start(t, here)
	b := newBrowser(t, m.URL())
	room := b.openRoom(`{"title":"마당"}`)
	b.sit(room)
	b.say(room, "안녕")
	if a, err := b.upload(room, animation(t, 8, 2)); err != nil || a.status != 200 {
		t.Fatalf("%+v, %v", a, err)
	}
	file := filepath.Join(out, "room.zip")
	does(t, "export", room, file, "--data="+here, "--lang=en")
	first, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	same := func(id, data string) {
		t.Helper()
		a, b := zipped(t, first), zipped(t, []byte(does(t, "export", id, "-", "--data="+data)))
		for name, text := range a {
			if name != "room.json" && name != "index.html" && b[name] != text {
				t.Errorf("%s differs: %.500s", name, b[name])
			}
		}
	}
	imported := func(args ...string) string {
		t.Helper()
		text := does(t, append([]string{"import"}, args...)...)
		id := linkOfRoom.FindStringSubmatch(text)
		if id == nil || !strings.Contains(text, `"마당"`) || !strings.Contains(text, "1 images") {
			t.Fatalf("%q", text)
		}
		return id[1]
	}

	fails(t, []string{"import", file, "--data=" + there}, "no server is running", "doesn't exist")
	n, _ := start(t, there)
	foreign := newBrowser(t, n.URL())
	id := imported(file, "--data="+there)
	same(id, there)
	if a := foreign.do("GET", "/room/"+id+"/messages", ""); a.status != 200 || !strings.Contains(string(a.body), "안녕") {
		t.Errorf("%d %s", a.status, a.body)
	}
	if list := foreign.do("GET", "/", "", "Accept: text/html"); strings.Contains(string(list.body), id) {
		t.Error("the room is in the list")
	}
	listed := imported(file, "--data="+there, "--listed")
	if list := foreign.do("GET", "/", "", "Accept: text/html"); !strings.Contains(string(list.body), listed) {
		t.Error("the room isn't in the list")
	}
	broken := filepath.Join(out, "broken.zip")
	for text, want := range map[string]string{"no zip": "is no zip", string(first[:len(first)/2]): "zip"} {
		if err := os.WriteFile(broken, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		fails(t, []string{"import", broken, "--data=" + there}, want)
	}
	fails(t, []string{"import", filepath.Join(out, "none.zip"), "--data=" + there}, "read the zip")
	n.Close()

	again := imported(file, "--data="+there)
	same(again, there)
	fails(t, []string{"import", broken, "--data=" + there}, "zip")
	n, _ = start(t, there)
	if rooms := does(t, "rooms", "--data="+there); strings.Count(rooms, "마당") != 3 {
		t.Errorf("%s", rooms)
	}
	n.Close()
	m.Close()
}

// What an owner has set comes along, by a running server and without one; what can't is told, each
// in a line, and a password is in no export.
func TestF12ImportTellsWhatIsLeft(t *testing.T) {
	here, there := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "data")
	m, _ := start(t, here)
	defer m.Close()
	b := newBrowser(t, m.URL())
	room := b.openRoom(`{"title":"마당"}`)
	b.sit(room)
	b.say(room, "안녕")
	for request, change := range map[string]string{
		"PATCH /room/" + room: `{"password":"s3cret-pass","max":42,"slow":30,"quiet":true,"doorLocked":true,"life":"always","history":"month"}`,
		"PUT /api/v1/me/tag":  `{"passphrase":"my own words"}`,
	} {
		method, path, _ := strings.Cut(request, " ")
		if a := b.do(method, path, change); a.status != 200 {
			t.Fatalf("%s: %+v", request, a)
		}
	}
	file := filepath.Join(t.TempDir(), "room.zip")
	does(t, "export", room, file, "--data="+here)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range zipped(t, data) {
		if strings.Contains(text, "s3cret") || strings.Contains(text, "argon2") || strings.Contains(text, "my own words") {
			t.Errorf("%s holds a password", name)
		}
	}
	n, _ := start(t, there)
	for _, running := range []bool{true, false} {
		if !running {
			n.Close()
		}
		text := does(t, "import", file, "--data="+there)
		for _, want := range []string{"It had a password", "had a tag (1)", "Its door was locked", "belongs to whoever is in it next"} {
			if !strings.Contains(text, want) {
				t.Errorf("running %v: no %q in %s", running, want, text)
			}
		}
		if strings.Contains(text, "lasted") || strings.Contains(text, "moderators") {
			t.Errorf("running %v: %s", running, text)
		}
		if !running {
			n, _ = start(t, there)
			defer n.Close()
		}
		a := newBrowser(t, n.URL()).do("GET", "/room/"+linkOfRoom.FindStringSubmatch(text)[1], "")
		for _, want := range []string{`"max":42`, `"slow":30`, `"quiet":true`, `"doorLocked":false`, `"password":false`, `"life":"always"`, `"history":"month"`} {
			if !strings.Contains(a.body, want) {
				t.Errorf("running %v: no %s in %s", running, want, a.body)
			}
		}
	}
}
