package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestSeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var over []string // guarded by mu
		s := newSeats(func(room string) {
			mu.Lock()
			defer mu.Unlock()
			over = append(over, room)
		})
		after := func(d time.Duration, want ...string) {
			t.Helper()
			time.Sleep(d)
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			if !slices.Equal(over, want) {
				t.Errorf("ended: %q, want %q", over, want)
			}
		}
		s.open("a")
		s.open("empty")
		for socket, want := range map[string]error{"1": nil, "2": nil} {
			if err := s.take("a", socket, 2); err != want {
				t.Errorf("take = %v, want %v", err, want)
			}
		}
		if err := s.take("a", "3", 2); !errors.Is(err, errFull) {
			t.Errorf("take of a full room = %v", err)
		}
		s.leave("a", "3") // was never in
		if n := s.taken("a"); n != 2 {
			t.Errorf("%d taken, want 2", n)
		}
		after(neverTaken - time.Millisecond)
		after(time.Millisecond, "empty")

		// A page that is loaded anew.
		s.leave("a", "1")
		s.leave("a", "2")
		after(grace-time.Millisecond, "empty")
		if err := s.take("a", "4", 2); err != nil {
			t.Errorf("take within the grace = %v", err)
		}
		after(time.Hour, "empty")
		s.leave("a", "4")
		after(grace, "empty", "a")
		if err := s.take("a", "5", 2); !errors.Is(err, errGone) {
			t.Errorf("take of a room that has ended = %v", err)
		}

		// A room that was removed does not end again.
		s.open("b")
		s.take("b", "1", 2)
		if got := s.remove("b"); !slices.Equal(got, []string{"1"}) {
			t.Errorf("removed %q", got)
		}
		s.leave("b", "1")
		after(neverTaken, "empty", "a")

		// When the program ends, rooms stay.
		s.open("c")
		s.open("d")
		s.take("c", "1", 2)
		s.Close()
		s.leave("c", "1")
		after(neverTaken, "empty", "a")
	})
}

func TestLoadEnv(t *testing.T) {
	for _, name := range []string{"GIF_PLAIN", "GIF_QUOTED", "GIF_SINGLE", "GIF_EQUALS", "GIF_EMPTY"} {
		t.Setenv(name, "")
		os.Unsetenv(name)
	}
	t.Setenv("GIF_SET", "from the environment")
	file := filepath.Join(t.TempDir(), ".env")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := loadEnv(file); err != nil {
		t.Errorf("without the file: %v", err)
	}
	write("# settings\r\n\nGIF_PLAIN = a b \nGIF_QUOTED=\" x \"\nGIF_SINGLE='y'\nGIF_EQUALS=k=v\nGIF_EMPTY=\nGIF_SET=from the file\n")
	if err := loadEnv(file); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"GIF_PLAIN": "a b", "GIF_QUOTED": " x ", "GIF_SINGLE": "y", "GIF_EQUALS": "k=v", "GIF_EMPTY": "", "GIF_SET": "from the environment",
	} {
		if got, set := os.LookupEnv(name); got != want || !set {
			t.Errorf("%s = %q (set: %v), want %q", name, got, set, want)
		}
	}
	write("no setting")
	if err := loadEnv(file); err == nil {
		t.Error("a line without = is accepted")
	}
}

func TestBaseName(t *testing.T) {
	for name, want := range map[string]string{
		"cat.gif":             "cat",
		`C:\pics\고양이 #1?.GIF`: "고양이1",
		"../../etc/passwd":    "passwd",
		"<script>.gif":        "script",
		".gif":                "",
		"":                    "",
	} {
		if got := baseName(name); got != want {
			t.Errorf("baseName(%q) = %q, want %q", name, got, want)
		}
	}
}
