package main

import (
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "write testdata anew")

func fixture(t *testing.T) scrape {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "metrics.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := readScrape(f)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// The page of a busy server is as it was looked at by a person, and fits.
func TestO6StatsPage(t *testing.T) {
	at := time.Date(2026, 11, 27, 9, 30, 0, 0, time.UTC)
	now := fixture(t)
	before := fixture(t)
	for _, m := range before["madang_messages_total"].GetMetric() {
		*m.Counter.Value -= 2
	}
	page := statsOf(sight{before, at.Add(-time.Second)}, sight{now, at}).page(time.UTC)
	path := filepath.Join("testdata", "stats.txt")
	if *update {
		os.WriteFile(path, []byte(page), 0o644)
	}
	want, err := os.ReadFile(path)
	if err != nil || page != string(want) {
		t.Errorf("%v\n%s", err, page)
	}
	for line := range strings.Lines(page) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > statsWidth {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

// What is there depends on the system, on certificates and on the limits.
func TestStatsOfLittle(t *testing.T) {
	all, err := readScrape(strings.NewReader("madang_start_time_seconds 1.7e9\n"))
	if err != nil {
		t.Fatal(err)
	}
	st := statsOf(sight{scrape{}, time.Now()}, sight{all, time.Now().Add(time.Second)})
	page := st.page(time.UTC)
	for _, absent := range []string{"Disk free", "Descriptors", "Certificate", "NaN", "Inf"} {
		if strings.Contains(page, absent) {
			t.Errorf("%s: %s", absent, page)
		}
	}
	if _, err := json.Marshal(st); err != nil {
		t.Error(err)
	}
	if _, err := readScrape(strings.NewReader("what is this?")); err == nil {
		t.Error("nonsense is read")
	}
}

func TestQuantiles(t *testing.T) {
	all, err := readScrape(strings.NewReader(`# TYPE h histogram
h_bucket{le="1"} 50
h_bucket{le="2"} 90
h_bucket{le="4"} 98
h_bucket{le="+Inf"} 100
h_sum 1
h_count 100
# TYPE empty histogram
empty_bucket{le="1"} 0
empty_bucket{le="+Inf"} 0
empty_sum 0
empty_count 0
`))
	if err != nil {
		t.Fatal(err)
	}
	for part, want := range map[float64]float64{.25: .5, .5: 1, .7: 1.5, .98: 4, .99: 4, 0: 0} {
		if got := all.quantile("h", part); math.Abs(got-want) > 1e-9 {
			t.Errorf("%v: %v, want %v", part, got, want)
		}
	}
	for _, name := range []string{"empty", "absent"} {
		if got := all.quantile(name, .99); got != 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// The command asks the running server, through the data folder.
func TestO6StatsCommand(t *testing.T) {
	dir := t.TempDir()
	var out, log strings.Builder
	if code := run(t.Context(), []string{"stats", "--data=" + dir}, &out, &log); code != 1 || !strings.Contains(log.String(), "no server is running") {
		t.Errorf("without a server: code %d: %s", code, log.String())
	}
	m, _ := start(t, dir)
	b := newBrowser(t, m.URL())
	b.sit(b.openRoom(`{"title":"마당"}`))
	out.Reset()
	if code := run(t.Context(), []string{"stats", "--data=" + dir}, &out, &log); code != 0 {
		t.Fatalf("code %d: %s", code, log.String())
	}
	for _, want := range []string{"madang " + version()[:min(len(version()), 12)], "ready", "Rooms                 1", "Disk free", "Memory"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("there is no %q:\n%s", want, out.String())
		}
	}
	out.Reset()
	if code := run(t.Context(), []string{"stats", "--json", "--data=" + dir}, &out, &log); code != 0 {
		t.Fatalf("code %d: %s", code, log.String())
	}
	var st stats
	if err := json.Unmarshal([]byte(out.String()), &st); err != nil || st.Rooms != 1 || !st.Ready || st.Version != version() ||
		time.Since(st.Since) > time.Hour {
		t.Errorf("%v %+v", err, st)
	}
}
