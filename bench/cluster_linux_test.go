package main

import (
	"context"
	"strings"
	"testing"

	"github.com/madang-chat/madang/internal/nodetest"
)

// All kinds of rows, small, with servers of ours.
func TestCluster(t *testing.T) {
	nodetest.Need(t, nodetest.Redis)
	program, err := nodetest.Build(t.TempDir(), "bench/server")
	if err != nil {
		t.Fatal(err)
	}
	c, err := raise(t.Context(), peer{name: "madang", command: []string{program}, dir: t.TempDir()}, buses[0])
	if err != nil {
		t.Fatal(err)
	}
	defer c.stop()
	for name, run := range map[string]func(context.Context, *cluster, settings) ([]sample, error){
		"closed": runClosed, "paced": paced(100, crowd), "foreign": runForeign,
	} {
		found, err := run(t.Context(), c, quick)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i, s := range found {
			if s.figure <= 0 {
				t.Errorf("%s: figure %d is %v", name, i, s.figure)
			}
		}
		if c.c != nil {
			c.c.stop() // a measurement has one foreign row
			c.c = nil
		}
	}
	if _, err := chooseBuses("redis,pigeons"); err == nil || !strings.Contains(err.Error(), `"pigeons"`) {
		t.Errorf("got %v", err)
	}
}
