package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The peers that are made of Go alone answer as the generator wants in every workload of theirs.
func TestPeersAnswer(t *testing.T) {
	racers, absent, err := enter(t.Context(), "limit,limit-batch,net/http", t.TempDir())
	if err != nil || len(absent) > 0 {
		t.Fatalf("without %v: %v", absent, err)
	}
	for _, p := range racers {
		for _, w := range workloads {
			if !p.does(w.name) {
				continue
			}
			t.Run(p.Name+" "+w.name, func(t *testing.T) {
				long := quick
				found, err := measure(t.Context(), p, w, long)
				for errors.Is(err, errTooLittle) && long.time < time.Minute { // the machine is busy
					long.time *= 4
					found, err = measure(t.Context(), p, w, long)
				}
				// 25 idle clients may need nothing.
				if err != nil || found.Figure <= 0 && w.name != "idle" {
					t.Errorf("found %+v, %v", found, err)
				}
			})
		}
	}
}

func TestEnter(t *testing.T) {
	for names, want := range map[string]string{
		"pigeons":  `no peer "pigeons"`,
		"madang,x": `no peer "x"`,
	} {
		if _, _, err := enter(t.Context(), names, t.TempDir()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", names, err)
		}
	}
	racers, _, err := enter(t.Context(), "other=program -x", t.TempDir())
	if err != nil || racers[0].Name != "other" || strings.Join(racers[0].command, " ") != "program -x" {
		t.Errorf("got %+v, %v", racers, err)
	}
}

// Without its tools a peer is left out, and the report says why.
func TestAbsentPeersAreSaid(t *testing.T) {
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	tools := t.TempDir()
	if err := os.Symlink(tool, filepath.Join(tools, "go")); err != nil {
		t.Fatal(err)
	}
	root, err := repository(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", tools)
	for _, m := range makers {
		if m.name != "node" && m.name != "socketioxide" {
			continue
		}
		if _, err := m.make(t.Context(), root, t.TempDir()); !errors.Is(err, errAbsent) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v", m.name, err)
		}
	}
}
