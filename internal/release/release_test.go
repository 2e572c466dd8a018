package main

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

func TestVersionsOfDebian(t *testing.T) {
	for described, want := range map[string]string{
		"v1.2.0":              "1.2.0",
		"v1.2.0-rc1":          "1.2.0~rc1", // before 1.2.0
		"v1.2.0-5-gabcdef":    "1.2.0+5.gabcdef",
		"v1.2.0-rc1-5-gabc":   "1.2.0~rc1+5.gabc",
		"v1.2.0-dirty":        "1.2.0+dirty",
		"abcdef0":             "0~20260101.123000.abcdef0",
		"abcdef0-dirty":       "0~20260101.123000.abcdef0+dirty",
		"v1.2.0-5-gabc-dirty": "1.2.0+5.gabc+dirty",
	} {
		if got := debVersion(version{name: described, date: time.Date(2026, 1, 1, 12, 30, 0, 0, time.UTC)}); got != want {
			t.Errorf("%s is %s, want %s", described, got, want)
		}
	}
}

// An archive depends on the files and the date alone.
func TestArchivesAreEqual(t *testing.T) {
	date := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	files := []file{{"a/b", []byte("text"), 0o644}, {"a/run", []byte("#!"), 0o755}}
	for name, write := range map[string]func([]file, time.Time) ([]byte, error){"tar": tarball, "zip": zipped} {
		first, err := write(slices.Clone(files), date)
		second, again := write(slices.Clone(files), date)
		if err != nil || again != nil || !bytes.Equal(first, second) {
			t.Errorf("%s: %v, %v", name, err, again)
		}
		if other, _ := write(files, date.Add(time.Hour)); bytes.Equal(first, other) {
			t.Errorf("%s: the date isn't in it", name)
		}
	}
}

func TestFoldersComeFirst(t *testing.T) {
	var names []string
	for _, f := range withFolders([]file{{name: "usr/bin/x"}, {name: "etc/y"}, {name: "usr/share/z"}}) {
		names = append(names, f.name)
	}
	want := []string{"usr", "usr/bin", "usr/bin/x", "etc", "etc/y", "usr/share", "usr/share/z"}
	if !slices.Equal(names, want) {
		t.Errorf("got %v, want %v", names, want)
	}
}

func TestTargetIsAPair(t *testing.T) {
	for _, bad := range []string{"", "linux", "/amd64", "linux/"} {
		if _, err := newTarget(bad); err == nil {
			t.Errorf("%q is a target", bad)
		}
	}
}
