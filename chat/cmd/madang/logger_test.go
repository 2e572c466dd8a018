package main

import (
	"encoding/json"
	"errors"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestLogForms(t *testing.T) {
	log := newOutput()
	for _, form := range []string{"json", "auto"} {
		newLogger(log, false, form, slog.LevelInfo).Info("hello", "n", 1)
	}
	for line := range strings.Lines(log.String()) {
		var is struct {
			Time       time.Time
			Level, Msg string
			N          int
		}
		if err := json.Unmarshal([]byte(line), &is); err != nil || is.Msg != "hello" || is.N != 1 || is.Level != "INFO" || is.Time.IsZero() {
			t.Errorf("%s: %v", line, err)
		}
	}
	log = newOutput()
	newLogger(log, false, "text", slog.LevelInfo).Info("hello", "n", 1)
	if text := log.String(); !strings.HasPrefix(text, "time=2") || !strings.HasSuffix(text, " level=INFO msg=hello n=1\n") {
		t.Error(text)
	}
}

func TestReadableLines(t *testing.T) {
	log := newOutput()
	l := slog.New(newReadable(log, slog.LevelInfo))
	l.Debug("nobody asked")
	l.Info("serving")
	l.Warn("not ready", "error", errors.New("the disk is full"), "n", 2)
	l.With("a", "x").WithGroup("g").Error("emit failed", "b", "y=z")
	want := `^\d\d:\d\d:\d\d  serving
\d\d:\d\d:\d\d  WARN  not ready  error="the disk is full" n=2
\d\d:\d\d:\d\d  ERROR  emit failed  a=x g\.b="y=z"
$`
	if !regexp.MustCompile(want).MatchString(log.String()) {
		t.Errorf("%s", log)
	}
}

// Whatever stands in a text of somebody else, a line is one line, in each form, and not a long one.
func TestS10NoFormCanBeForged(t *testing.T) {
	const evil = "x\n22:51:03  ERROR  forged\r\ntime=2026-01-01T00:00:00Z level=ERROR msg=forged\x00\x1b[31m\u202e\u2028\u009b1m\x7f\xff\n"
	long := strings.Repeat("마", 5000)
	for _, form := range []string{"json", "text", "text on a terminal"} {
		log := newOutput()
		form, terminal := strings.CutSuffix(form, " on a terminal")
		l := newLogger(log, terminal, form, slog.LevelDebug)
		for _, text := range []string{evil, long} {
			l.Info(text, "a", text, "b", errors.New(text))
			serverLog(l).Print(text)
		}
		if n := strings.Count(log.String(), "\n"); n != 4 {
			t.Errorf("%s: %d lines: %s", form, n, log)
		}
		for line := range strings.Lines(log.String()) {
			if strings.ContainsAny(line, "\r\x00\x1b\u202e\u2028") || len(line) > 7000 {
				t.Errorf("%s: %d bytes: %.300q", form, len(line), line)
			}
		}
	}
}

func TestS10ServerLogHasNoAddresses(t *testing.T) {
	log := newOutput()
	l := serverLog(newLogger(log, false, "text", slog.LevelDebug))
	for _, address := range []string{"192.0.2.7:4711", "192.0.2.7", "[2001:db8:1:2::7]:443", "[fe80::7%eth0]:1"} {
		l.Printf("http: TLS handshake error from %s: EOF", address)
	}
	if text := log.String(); strings.Contains(text, "192.0.2.7") || strings.Contains(text, "::7") ||
		!strings.Contains(text, "192.0.2.0/24") || !strings.Contains(text, "2001:db8:1::/48") {
		t.Errorf("%s", log)
	}
}
