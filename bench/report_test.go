package main

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestReport(t *testing.T) {
	r := newReport([]peer{{Name: "a"}, {Name: "b"}}, 3, settings{time: time.Second})
	echo := workload{name: "echo", unit: "per CPU s"}
	for i, pair := range [][2]float64{{100, 50}, {900, 300}, {800, 100}} {
		r.add(echo, 0, sample{Figure: pair[0], Load: float64(i) / 4, CPU: 2, P50: 1500, P99: 20_000}, nil)
		r.add(echo, 1, sample{Figure: pair[1]}, nil)
	}
	idle := workload{name: "idle", unit: "bytes", smaller: true}
	r.add(idle, 0, sample{Figure: 1_234_567}, nil)
	r.add(idle, 1, sample{Figure: 2_469_134}, nil)
	others := workload{name: "others", unit: "ns", smaller: true}
	r.add(others, 0, sample{Figure: 5}, nil)
	r.add(others, 1, sample{}, nil)
	r.add(workload{name: "others", unit: "µs"}, 0, sample{Figure: 7.2}, nil) // which b doesn't do
	rooms := workload{name: "rooms", unit: "per CPU s"}
	r.add(rooms, 0, sample{}, errors.New("wrong answer"))
	r.add(rooms, 1, sample{Figure: 1}, nil)

	text := r.String()
	_, text, _ = strings.Cut(text, "\n\n\n")
	want := `| workload | unit | a | b | generator busy |
| --- | --- | --- | --- | --- |
| echo | per CPU s | 800 (100 – 900) | 100 (50 – 300) | 50 % |
| idle | bytes | 1 235 000 | 2 469 000 | 0 % |
| others | ns | 5 | 0 | 0 % |
| others | µs | 7.2 | – | 0 % |
| rooms | per CPU s | failed 1× | 1 | 0 % |

a to each other; above 1 is better:

| workload | unit | b |
| --- | --- | --- |
| echo | per CPU s | 3.00 |
| idle | bytes | 2.00 |

From a question to its answer, p50 / p99 in ms:

| workload | a | b |
| --- | --- | --- |
| echo | 1.50 / 20.00 | 0.00 / 0.00 |

CPU seconds of the server on the clock:

| workload | a | b |
| --- | --- | --- |
| echo | 2.00 | 0.00 |
`
	if text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}
