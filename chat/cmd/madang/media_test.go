package main

import (
	"bytes"
	"image/color"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Without a folder for images the server isn't ready, until it is back.
func TestR13MediaFolderMovedAway(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	m, _ := start(t, dir)
	b := newBrowser(t, m.URL())
	media := filepath.Join(dir, "media")
	readyz := func(status int) func() bool {
		return func() bool { return b.do("GET", "/readyz", "").status == status }
	}
	waitFor(t, readyz(200))
	if err := os.Rename(media, media+".away"); err != nil {
		t.Fatal(err)
	}
	waitFor(t, readyz(503))
	if err := os.Rename(media+".away", media); err != nil {
		t.Fatal(err)
	}
	waitFor(t, readyz(200))
}

// A start fails where no image can be written, and lets go of the folder.
func TestR3MediaFolderIsReadOnly(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Log("there is no folder here that nobody can write")
		return
	}
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	media := filepath.Join(dir, "media")
	if err := os.Symlink("/proc/self", media); err != nil {
		t.Fatal(err)
	}
	m := &Main{Listen: "localhost:0", Data: dir, Log: slog.New(slog.DiscardHandler)}
	if err := m.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "try to write an image: open "+media) {
		m.Close()
		t.Errorf("started: %v", err)
	}
	if err := os.Remove(media); err != nil {
		t.Fatal(err)
	}
	start(t, dir)
}

// Whatever moves and flashes is found, and who is in the room is told with the picture, as are who
// sends it and who comes later.
func TestF8FlashesAreTold(t *testing.T) {
	url := serve(t, append([]string{"history-per-second=1000"}, unlimited...)...)
	sender, other := newBrowser(t, url), newBrowser(t, url)
	room := sender.openRoom(`{"title":"마당"}`)
	sender.sit(room)
	other.do("GET", "/room/"+room, "", "Accept: text/html")
	socket := other.socket()
	if reply := socket.ask("join", `{"room":"`+room+`"}`); !strings.HasPrefix(reply, `[{"ok":true`) {
		t.Fatal(reply)
	}
	stored := func(name string) []byte {
		t.Helper()
		b, err := os.ReadFile("../../media/testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	broken := stored("strobe-lossy.webp")
	behindItsSides := bytes.LastIndex(broken, []byte("VP8 ")) + 18
	copy(broken[behindItsSides:], "\xff\xff\xff\xff")
	for _, c := range []struct {
		name string
		in   []byte
		want string
	}{
		{"GIF", turns(t, 64, 48, 2, 5, color.Black, color.White), `"flash":"strong"`},
		{"PNG", stored("strobe.png"), `"flash":"strong"`},
		{"lossy WebP", stored("strobe-lossy.webp"), `"flash":"strong"`},
		{"lossless WebP", stored("strobe-lossless.webp"), `"flash":"strong"`},
		{"WebP that can't be read", broken, `"flash":"unknown"`},
		{"slow GIF", turns(t, 64, 48, 2, 50, color.Black, color.White), ""},
		{"slow PNG", stored("slow.png"), ""},
		{"slow WebP", stored("slow.webp"), ""},
	} {
		a, err := sender.upload(room, c.in)
		if err != nil || a.status != 200 {
			t.Fatalf("%s: %+v, %v", c.name, a, err)
		}
		event := socket.await(`42/chat,["chat",`)
		history := sender.do("GET", "/room/"+room+"/messages?limit=1", "").body
		for from, text := range map[string]string{"answer": a.body, "event": event, "history": history} {
			if c.want == "" && strings.Contains(text, `"flash"`) || !strings.Contains(text, c.want) || !strings.Contains(text, `"media":[`) {
				t.Errorf("%s, the %s: %s", c.name, from, text)
			}
		}
	}
}
