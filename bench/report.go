package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// A report collects samples and prints them as Markdown tables. As JSON it is what RESULTS.md and
// the plots are made from. One goroutine uses it.
type report struct {
	Date    string // day
	Machine string
	Load    string // what else the machine did
	Peers   []peer
	Absent  []string // which peers are missing, and why
	Rounds  int
	Warmup  time.Duration
	Time    time.Duration
	Idle    int
	Lines   []*line
}

// A line holds the samples of one workload: those of peer i in Found[i], one for each round.
type line struct {
	Name, Unit string
	Smaller    bool // smaller figures are better
	Found      [][]sample
	Failed     []int
	Load       float64 // the highest of the generator
}

func newReport(peers []peer, rounds int, s settings) *report {
	return &report{
		Date: time.Now().Format(time.DateOnly), Machine: machine(), Load: loadNow(), Peers: peers,
		Rounds: rounds, Warmup: s.warmup, Time: s.time, Idle: s.idle,
	}
}

func (r *report) add(w workload, peer int, found sample, err error) {
	i := slices.IndexFunc(r.Lines, func(l *line) bool { return l.Name == w.name && l.Unit == w.unit })
	if i < 0 {
		i = len(r.Lines)
		r.Lines = append(r.Lines, &line{Name: w.name, Unit: w.unit, Smaller: w.smaller,
			Found: make([][]sample, len(r.Peers)), Failed: make([]int, len(r.Peers))})
	}
	l := r.Lines[i]
	l.Found[peer] = append(l.Found[peer], found)
	if err != nil {
		l.Failed[peer]++
		return
	}
	l.Load = max(l.Load, found.Load)
}

// String is the tables: medians with the lowest and highest; the median of each round's ratio of
// the first peer to each other, where above 1 is better; and, where they were measured, how long an
// answer took and the CPU time that the figures are of.
func (r *report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Median (lowest – highest) of %d round(s), peers taking turns", r.Rounds)
	if r.Time > 0 {
		fmt.Fprintf(&b, ", %v on the clock after %v", r.Time, r.Warmup)
	}
	if r.Idle > 0 {
		fmt.Fprintf(&b, ", %d idle clients", r.Idle)
	}
	fmt.Fprintf(&b, ". %s, %s; %s.\n\n", r.Date, r.Machine, r.Load)
	for _, p := range r.Peers {
		if p.Version != "" {
			fmt.Fprintf(&b, "- **%s**: %s\n", p.Name, p.Version)
		}
	}
	for _, why := range r.Absent {
		fmt.Fprintf(&b, "- Without %s\n", why)
	}
	b.WriteString("\n")
	r.table(&b, "workload | unit", 0, "generator busy", func(*line) bool { return true }, func(l *line, i int) string { return l.cell(i) })
	if len(r.Peers) > 1 {
		fmt.Fprintf(&b, "\n%s to each other; above 1 is better:\n\n", r.Peers[0].Name)
		r.table(&b, "workload | unit", 1, "", (*line).compared, func(l *line, i int) string { return l.ratio(0, i) })
	}
	if slices.ContainsFunc(r.Lines, (*line).timed) {
		b.WriteString("\nFrom a question to its answer, p50 / p99 in ms:\n\n")
		r.table(&b, "workload", 0, "", (*line).timed, func(l *line, i int) string { return l.latency(i) })
		b.WriteString("\nCPU seconds of the server on the clock:\n\n")
		r.table(&b, "workload", 0, "", (*line).timed, func(l *line, i int) string { return l.cpu(i) })
	}
	return b.String()
}

// table writes a row for each line that is wanted, with a cell for each peer from the first on.
func (r *report) table(b *strings.Builder, head string, from int, last string, wanted func(*line) bool, cell func(l *line, i int) string) {
	columns := []string{head}
	for _, p := range r.Peers[from:] {
		columns = append(columns, p.Name)
	}
	if last != "" {
		columns = append(columns, last)
	}
	text := strings.Join(columns, " | ")
	fmt.Fprintf(b, "| %s |\n|%s\n", text, strings.Repeat(" --- |", 1+strings.Count(text, " | ")))
	for _, l := range r.Lines {
		if !wanted(l) {
			continue
		}
		fmt.Fprintf(b, "| %s |", l.Name)
		if strings.Contains(head, "unit") {
			fmt.Fprintf(b, " %s |", l.Unit)
		}
		for i := from; i < len(r.Peers); i++ {
			fmt.Fprintf(b, " %s |", cell(l, i))
		}
		if last != "" {
			fmt.Fprintf(b, " %.0f %% |", 100*l.Load)
		}
		b.WriteString("\n")
	}
}

func (l *line) cell(peer int) string {
	if l.Failed[peer] > 0 {
		return fmt.Sprintf("failed %d×", l.Failed[peer])
	}
	if len(l.Found[peer]) == 0 {
		return "–"
	}
	figures := l.all(peer, func(s sample) float64 { return s.Figure })
	text := grouped(median(figures))
	if len(figures) > 1 {
		text += fmt.Sprintf(" (%s – %s)", grouped(slices.Min(figures)), grouped(slices.Max(figures)))
	}
	return text
}

func (l *line) all(peer int, of func(sample) float64) (values []float64) {
	for _, s := range l.Found[peer] {
		values = append(values, of(s))
	}
	return values
}

// good tells whether there are samples of a peer and none failed.
func (l *line) good(peer int) bool { return l.Failed[peer] == 0 && len(l.Found[peer]) > 0 }

// timed tells whether it was measured how long an answer takes.
func (l *line) timed() bool {
	for i := range l.Found {
		if l.good(i) && l.Found[i][0].P50 > 0 {
			return true
		}
	}
	return false
}

// compared tells whether the first peer has a ratio to another.
func (l *line) compared() bool {
	for i := range l.Found[1:] {
		if l.ratio(0, i+1) != "–" {
			return true
		}
	}
	return false
}

func (l *line) latency(peer int) string {
	if !l.good(peer) {
		return "–"
	}
	p50, p99 := l.all(peer, func(s sample) float64 { return s.P50 }), l.all(peer, func(s sample) float64 { return s.P99 })
	return fmt.Sprintf("%.2f / %.2f", median(p50)/1000, median(p99)/1000)
}

func (l *line) cpu(peer int) string {
	if !l.good(peer) {
		return "–"
	}
	return fmt.Sprintf("%.2f", median(l.all(peer, func(s sample) float64 { return s.CPU })))
}

// ratio compares peers round by round, because the machine may be faster in one than in another.
func (l *line) ratio(peer, base int) string {
	if !l.good(peer) || !l.good(base) || strings.HasPrefix(l.Unit, "%") {
		return "–" // shares of a whole are neither good nor bad
	}
	var ratios []float64
	for i, s := range l.Found[peer] {
		if s.Figure == 0 || l.Found[base][i].Figure == 0 {
			return "–" // nothing was done at all
		}
		ratio := s.Figure / l.Found[base][i].Figure
		if l.Smaller {
			ratio = 1 / ratio
		}
		ratios = append(ratios, ratio)
	}
	return fmt.Sprintf("%.2f", median(ratios))
}

func median(values []float64) float64 {
	v := slices.Sorted(slices.Values(values))
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// grouped writes 1234567 as 1 235 000: four digits are more than such measurements hold.
func grouped(v float64) string {
	if math.Abs(v) < 100 {
		return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0")
	}
	unit := 1.0
	for v/unit >= 10_000 {
		unit *= 10
	}
	digits := fmt.Sprintf("%.0f", float64(int64(v/unit+0.5))*unit)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + " " + digits[i:]
	}
	return digits
}
