package main

import (
	"context"
	"strings"
	"testing"

	"github.com/madang-chat/madang/internal/nodetest"
)

// Small rows with servers of ours: all of them on the first bus, then one on each other.
func TestCluster(t *testing.T) {
	nodetest.Need(t, nodetest.Redis)
	program, err := nodetest.Build(t.TempDir(), "bench/server")
	if err != nil {
		t.Fatal(err)
	}
	small := map[string]func(context.Context, *cluster, settings) ([]sample, error){
		"closed": runClosed, "paced": paced(100, crowd), "foreign": runForeign,
	}
	for _, b := range buses {
		t.Run(b.name, func(t *testing.T) {
			if b.name == "postgres" {
				nodetest.Need(t, nodetest.Postgres)
			}
			c, err := raise(t.Context(), peer{Name: "madang", command: []string{program}, dir: t.TempDir()}, b)
			if err != nil {
				t.Fatal(err)
			}
			defer c.stop()
			for name, run := range small {
				found, err := run(t.Context(), c, quick)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				for i, s := range found {
					if s.Figure <= 0 {
						t.Errorf("%s: figure %d is %v", name, i, s.Figure)
					}
				}
			}
			clear(small)
			small["closed"] = runClosed
		})
	}
	t.Run("a message is lost", func(t *testing.T) {
		c, err := raise(t.Context(), peer{command: []string{program}, dir: t.TempDir()}, buses[0])
		if err != nil {
			t.Fatal(err)
		}
		defer c.stop()
		c.broker.stop()
		ctx, cancel := context.WithTimeout(t.Context(), quick.time)
		defer cancel()
		if found, err := runClosed(ctx, c, quick); err == nil {
			t.Errorf("got %v", found)
		}
	})
}

func TestChooseBuses(t *testing.T) {
	if _, err := chooseBuses("redis,pigeons"); err == nil || !strings.Contains(err.Error(), `"pigeons"`) {
		t.Errorf("got %v", err)
	}
	if all, err := chooseBuses(""); err != nil || len(all) != len(buses) {
		t.Errorf("got %d buses, %v", len(all), err)
	}
}
