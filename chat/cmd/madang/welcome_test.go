package main

import (
	"bytes"
	"net"
	"net/netip"
	"strings"
	"testing"

	"rsc.io/qr"
)

func TestWelcome(t *testing.T) {
	t.Setenv("NO_COLOR", "")
	t.Setenv("TERM", "xterm")
	all := &net.TCPAddr{IP: net.IPv4zero, Port: 8005}
	const local, near = "http://localhost:8005", "http://192.168.0.12:8005"
	own := netip.MustParseAddr("192.168.0.12")
	if url := inNetwork(local, all, own); url != near {
		t.Errorf("in the network: %s", url)
	}
	for _, url := range []string{inNetwork(local, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}, own),
		inNetwork(local, all, netip.MustParseAddr("203.0.113.5")), inNetwork(local, all, netip.Addr{})} {
		if url != "" {
			t.Errorf("in the network: %s", url)
		}
	}
	var out bytes.Buffer
	welcome(&out, local, near, korean)
	for _, want := range []string{"마당이 열렸어요.", local, near, "Ctrl+C"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %s in %s", want, &out)
		}
	}
	code, err := qr.Encode(near, qr.L)
	if err != nil {
		t.Fatal(err)
	}
	rows := squares(out.String())
	for y := range code.Size {
		for x := range code.Size {
			if rows[y+quiet][x+quiet] != code.Black(x, y) {
				t.Fatalf("the square %d,%d is wrong:\n%s", x, y, &out)
			}
		}
	}
	out.Reset()
	welcome(&out, local, "", english)
	if text := out.String(); strings.Contains(text, "\x1b") || strings.Contains(text, "network") || !strings.Contains(text, local) {
		t.Error(text)
	}
}

// squares reads a picture back; true is black.
func squares(text string) (rows [][]bool) {
	for line := range strings.Lines(text) {
		_, line, found := strings.Cut(line, "m")
		line, _, whole := strings.Cut(line, "\x1b")
		if !found || !whole {
			continue
		}
		var above, below []bool
		for _, r := range line {
			above = append(above, r == '█' || r == '▀')
			below = append(below, r == '█' || r == '▄')
		}
		rows = append(rows, above, below)
	}
	return rows
}

func TestWordsOfTheOperator(t *testing.T) {
	for _, c := range []struct {
		all, messages, lang string
		want                words
	}{
		{"", "", "", english}, {"", "", "ko_KR.UTF-8", korean}, {"C", "", "ko_KR.UTF-8", english}, {"", "ko", "en_US", korean}, {"ko_KR", "C", "C", korean},
	} {
		env := map[string]string{"LC_ALL": c.all, "LC_MESSAGES": c.messages, "LANG": c.lang}
		if got := wordsOf(func(name string) string { return env[name] }); got != c.want {
			t.Errorf("%+v: %s", c, got.open)
		}
	}
}
