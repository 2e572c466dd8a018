package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/madang-chat/madang/internal/nodetest"
)

// The tables and plots in the repository are those of the kept runs. UPDATE=1 makes them.
func TestPublished(t *testing.T) {
	shown, err := published(nodetest.Root())
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range shown {
		path := filepath.Join(nodetest.Root(), name)
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(path, []byte(want), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s isn't what the kept runs make; UPDATE=1 makes it (%v)", name, err)
		}
	}
}

func TestPlot(t *testing.T) {
	r := newReport([]peer{{Name: "madang"}, {Name: "node"}, {Name: "net/http"}}, 1, settings{})
	echo := workload{name: "echo-1", unit: "per CPU s"}
	r.add(echo, 0, sample{Figure: 30_000}, nil)
	r.add(echo, 1, sample{Figure: 10_000}, nil)
	r.add(echo, 2, sample{Figure: 90_000}, nil)
	idle := workload{name: "idle", unit: "bytes"}
	r.add(idle, 0, sample{Figure: 1000}, nil)
	r.add(idle, 1, sample{}, errors.New("failed"))
	text := plot(r, light)
	for decoder := xml.NewDecoder(strings.NewReader(text)); ; {
		if _, err := decoder.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
	}
	for _, want := range []string{
		`width="220.0" height="13" rx="2" fill="#0f7b5f"`, `width="73.3" height="13" rx="2" fill="#b6c0ca"`,
		">30 000<", ">10 000<", ">not measured<", "Echo, one under way for each client: Madang 30 000, Node 10 000.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if strings.Contains(text, "90 000") {
		t.Error("the plot shows the floor")
	}
}

func TestResultsComeBack(t *testing.T) {
	r := newReport([]peer{{Name: "a", Version: "1"}}, 1, quick)
	r.add(workload{name: "echo", unit: "per CPU s", smaller: true}, 0, sample{123_456_789, 0.123456, 1.5, 20, 0}, nil)
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var got report
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	r.Lines[0].Found[0][0] = sample{123_460_000, 0.12346, 1.5, 20, 0}
	if !reflect.DeepEqual(&got, r) {
		t.Errorf("got %+v, want %+v", got, r)
	}
}
