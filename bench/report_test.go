package main

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestReport(t *testing.T) {
	r := newReport([]peer{{name: "a"}, {name: "b"}}, 3, settings{time: time.Second})
	echo := workload{name: "echo", unit: "per CPU s"}
	for i, pair := range [][2]float64{{100, 50}, {900, 300}, {800, 100}} {
		r.add(echo, 0, sample{figure: pair[0], load: float64(i) / 4}, nil)
		r.add(echo, 1, sample{figure: pair[1]}, nil)
	}
	idle := workload{name: "idle", unit: "bytes", smaller: true}
	r.add(idle, 0, sample{figure: 1_234_567}, nil)
	r.add(idle, 1, sample{figure: 2_469_134}, nil)
	others := workload{name: "others", unit: "ns", smaller: true}
	r.add(others, 0, sample{figure: 5}, nil)
	r.add(others, 1, sample{}, nil)
	r.add(workload{name: "others", unit: "µs"}, 0, sample{figure: 7}, nil) // which b doesn't do
	rooms := workload{name: "rooms", unit: "per CPU s"}
	r.add(rooms, 0, sample{}, errors.New("wrong answer"))
	r.add(rooms, 1, sample{figure: 1}, nil)

	lines := strings.Split(r.String(), "\n")
	want := []string{
		"| workload | unit | a | b | a / b | generator busy |",
		"| --- | --- | --- | --- | --- | --- |",
		"| echo | per CPU s | 800 (100 – 900) | 100 (50 – 300) | 3.00 | 50 % |",
		"| idle | bytes | 1 235 000 | 2 469 000 | 2.00 | 0 % |",
		"| others | ns | 5 | 0 | – | 0 % |",
		"| others | µs | 7 | – | – | 0 % |",
		"| rooms | per CPU s | failed 1× | 1 | – | 0 % |",
		"",
	}
	for i, line := range want {
		if lines[i+2] != line {
			t.Errorf("line %d:\n got %s\nwant %s", i, lines[i+2], line)
		}
	}
}
