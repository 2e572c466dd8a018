package main

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// behindProxy starts a server whose visitors say where they come from.
func behindProxy(t *testing.T, dir string) *Main {
	t.Helper()
	m, _ := start(t, dir, netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("10.1.0.0/16"))
	return m
}

// visitorAt is a browser behind that proxy.
func visitorAt(t *testing.T, m *Main, address string) func(method, path, body string) answer {
	b := newBrowser(t, m.URL())
	return func(method, path, body string) answer {
		t.Helper()
		return b.do(method, path, body, "X-Forwarded-For: "+address)
	}
}

func TestRoomsCommands(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	data := "--data=" + dir
	fails(t, []string{"rooms", data}, "no server is running")
	m, log := start(t, dir)
	if out := does(t, "rooms", data); out != "There are no rooms.\n" {
		t.Errorf("%q", out)
	}
	b := newBrowser(t, m.URL())
	room := b.openRoom(`{"title":"마당 <b>","password":"s3cret-pass"}`)
	other := b.openRoom(`{"title":"둘째"}`)
	b.sit(room)
	b.say(room, "안녕")

	if out := does(t, "rooms", data); !regexp.MustCompile(`(?m)^ID +PEOPLE +MESSAGES +IMAGES +LAST MESSAGE +CREATED +FLAGS +TITLE\n` +
		room + ` +1/10 +1 +0 B +20\d\d-\d\d-\d\d \d\d:\d\d +20\S+ \S+ +locked +마당 <b>\n` + other + ` +0/10 +0 +0 B .* - +둘째\n$`).MatchString(out) {
		t.Errorf("%s", out)
	}
	var rooms []roomView
	if err := json.Unmarshal([]byte(does(t, "rooms", "list", "--json", data)), &rooms); err != nil || len(rooms) != 2 || rooms[0].ID != room ||
		!rooms[0].Locked || !rooms[0].Listed || rooms[0].Messages != 1 || rooms[0].Title != "마당 <b>" {
		t.Errorf("%+v, %v", rooms, err)
	}
	session := rooms[0].Owner
	for _, ref := range []string{room, room[:6], m.URL() + "/r/" + room, m.URL() + "/room/" + room + "?x=1#y"} {
		out := does(t, "rooms", "show", ref, data)
		for _, word := range []string{"마당 <b>\n", room, "1 of 10", "locked", session, "127.0.0.1", "(owner)"} {
			if !strings.Contains(out, word) {
				t.Errorf("%s lacks %q:\n%s", ref, word, out)
			}
		}
	}
	var one roomView
	if err := json.Unmarshal([]byte(does(t, "rooms", "show", "--json", room, data)), &one); err != nil || len(one.Seats) != 1 || one.Seats[0].Session != session {
		t.Errorf("%+v, %v", one, err)
	}
	fails(t, []string{"rooms", "show", room[:2], data}, "name more of the room's id")
	fails(t, []string{"rooms", "close", "nothing-like-it", data}, "no such room")

	lists := func(want bool) {
		t.Helper()
		if out := newBrowser(t, m.URL()).do("GET", "/", "", "Accept: text/html").body; strings.Contains(out, room) != want && !strings.Contains(out, "isn't built") {
			t.Errorf("the list has the room: %v", !want)
		}
	}
	lists(true)
	if out := does(t, "rooms", "unlist", room, data); !strings.Contains(out, "isn't in the list") {
		t.Errorf("%q", out)
	}
	lists(false)
	does(t, "rooms", "unlist", "--off", room, data)
	lists(true)
	if out := does(t, "rooms", "keep", other, data); !strings.Contains(out, "둘째") || !strings.Contains(out, "is kept") {
		t.Errorf("%q", out)
	}
	m.Close()
	fails(t, []string{"rooms", "keep", other, data}, "no server is running")
	m, _ = start(t, dir)
	b.url = m.URL()
	if out := does(t, "rooms", data); !strings.Contains(out, "kept") {
		t.Errorf("%s", out)
	}
	does(t, "rooms", "keep", "--off", other, data)
	if out := does(t, "rooms", "close", room[:8], data); !strings.Contains(out, "is closed. People in it: 1\n") {
		t.Errorf("%q", out)
	}
	if a := b.do("GET", "/room/"+room+"/messages", ""); a.status != 404 {
		t.Errorf("%+v", a)
	}
	if strings.Contains(log.String(), "level=WARN") {
		t.Errorf("%s", log)
	}
}

func TestBanCommands(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	data := "--data=" + dir
	m := behindProxy(t, dir)
	troll, neighbour := visitorAt(t, m, "203.0.113.9"), visitorAt(t, m, "203.0.113.77")
	var room struct {
		Room struct {
			ID string `json:"_id"`
		}
	}
	troll("POST", "/room", `{"title":"마당"}`).decode(t, &room)
	reach := func(visit func(method, path, body string) answer, want int) {
		t.Helper()
		if a := visit("GET", "/room/"+room.Room.ID+"/messages", ""); a.status != want {
			t.Errorf("%+v, want %d", a, want)
		}
	}
	if out := does(t, "ban", "list", data); out != "Nobody is banned.\n" {
		t.Errorf("%q", out)
	}
	if out := does(t, "ban", "add", "203.0.113.9/24", "--dry-run", data); out != "A ban of 203.0.113.0/24 would hit 0 of the 0 visitors who are connected, with 0 connections\n" {
		t.Errorf("%q", out)
	}
	reach(troll, 200)
	if out := does(t, "ban", "add", "203.0.113.9", "--for=7d", "--reason=스팸", data); !strings.HasPrefix(out, "Ban 1: 203.0.113.9 until 20") {
		t.Errorf("%q", out)
	}
	reach(troll, 403)
	reach(neighbour, 200)
	var shown roomView
	if err := json.Unmarshal([]byte(does(t, "rooms", "show", "--json", room.Room.ID, data)), &shown); err != nil {
		t.Fatal(err)
	}
	session := shown.Owner
	does(t, "ban", "add", session, "--for=forever", data) // the owner of a room
	out := does(t, "ban", "list", data)
	for _, word := range []string{"203.0.113.9 ", "스팸", session, "forever"} {
		if !strings.Contains(out, word) {
			t.Errorf("no %q in\n%s", word, out)
		}
	}
	does(t, "ban", "lift", "1", data)
	reach(troll, 403) // the session
	m.Close()
	m = behindProxy(t, dir)
	if out := does(t, "ban", "list", data); !strings.Contains(out, session) || strings.Contains(out, "스팸") {
		t.Errorf("after a restart:\n%s", out)
	}
	does(t, "ban", "lift", "2", data)
	fails(t, []string{"ban", "lift", "2", data}, "no such ban")

	for whom, words := range map[string]string{
		"127.0.0.1": "proxy in front", "10.1.2.3": "proxy in front", "10.0.0.0/8": "proxy in front", "::1": "proxy in front",
		"0.0.0.0/0": "proxy in front", "20.0.0.0/8": "too large", "2001:db8::/20": "too large", "nobody": "neither the id of a session",
	} {
		fails(t, []string{"ban", "add", whom, data}, words)
	}
	for _, d := range []string{"", "-1h", "1", "soon", "-3d"} {
		fails(t, []string{"ban", "add", "203.0.113.9", "--for=" + d, data}, "is no span such as 90m")
	}
	fails(t, []string{"ban", "add", "203.0.113.9", "--reason=" + strings.Repeat("x", 300), data}, "a reason is one line")
	if out := does(t, "ban", "list", data); out != "Nobody is banned.\n" {
		t.Errorf("%q", out)
	}
	m.Close()
	start(t, dir)
	fails(t, []string{"ban", "add", "127.0.0.1", data}, "this machine")
	fails(t, []string{"ban", "add", "::1", data}, "this machine")
}

// Commands at the same time, and at the end of the server: each is carried out or says why not.
func TestCommandsAtTheEnd(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	m, _ := start(t, dir)
	b := newBrowser(t, m.URL())
	room := b.openRoom(`{"title":"마당"}`)
	var all sync.WaitGroup
	for i := range 24 {
		args := [][]string{
			{"rooms", "keep", room}, {"rooms", "unlist", room}, {"ban", "add", fmt.Sprintf("203.0.113.%d", i)}, {"export", room, filepath.Join(t.TempDir(), "x.zip")},
		}[i%4]
		all.Go(func() {
			code, out, err := command(t, append(args, "--data="+dir)...)
			told := strings.Contains(err, "no server is running") || strings.Contains(err, "the server ended before") || strings.Contains(err, "in use by") ||
				strings.Contains(err, "stopping") || strings.Contains(err, "close")
			if code != 0 && !told || code == 0 && out == "" {
				t.Errorf("%v = %d: %s%s", args, code, out, err)
			}
		})
	}
	m.Close()
	all.Wait()
	if left, err := os.ReadDir(dir); err != nil || strings.Contains(fmt.Sprint(left), "control.sock") {
		t.Errorf("%v, %v", left, err)
	}
}
