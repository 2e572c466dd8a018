package main

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
)

// A report collects samples and prints them as a Markdown table. One goroutine uses it.
type report struct {
	peers  []peer
	rounds int
	s      settings
	lines  []*line
}

// A line holds the samples of one workload: those of peer i in found[i], one for each round.
type line struct {
	workload workload
	found    [][]sample
	failed   []int
	load     float64 // the highest of the generator
}

func newReport(peers []peer, rounds int, s settings) *report {
	return &report{peers: peers, rounds: rounds, s: s}
}

func (r *report) add(w workload, peer int, found sample, err error) {
	i := slices.IndexFunc(r.lines, func(l *line) bool { return l.workload.name == w.name && l.workload.unit == w.unit })
	if i < 0 {
		i = len(r.lines)
		r.lines = append(r.lines, &line{workload: w, found: make([][]sample, len(r.peers)), failed: make([]int, len(r.peers))})
	}
	l := r.lines[i]
	l.found[peer] = append(l.found[peer], found)
	if err != nil {
		l.failed[peer]++
		return
	}
	l.load = max(l.load, found.load)
}

// String is the table: medians with the lowest and highest, the median of each round's ratio to the
// last peer, and how busy the generator was at most. A ratio above 1 is always better.
func (r *report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Median (lowest – highest) of %d round(s), peers taking turns", r.rounds)
	if r.s.time > 0 {
		fmt.Fprintf(&b, ", %v on the clock after %v", r.s.time, r.s.warmup)
	}
	if r.s.idle > 0 {
		fmt.Fprintf(&b, ", %d idle clients", r.s.idle)
	}
	fmt.Fprintf(&b, ". %s, %d CPUs. ", runtime.Version(), runtime.NumCPU())
	b.WriteString("Ratios above 1 are better.\n\n| workload | unit |")
	for _, p := range r.peers {
		fmt.Fprintf(&b, " %s |", p.name)
	}
	base := len(r.peers) - 1
	for _, p := range r.peers[:base] {
		fmt.Fprintf(&b, " %s / %s |", p.name, r.peers[base].name)
	}
	b.WriteString(" generator busy |\n|" + strings.Repeat(" --- |", 2+2*base+2) + "\n")
	for _, l := range r.lines {
		fmt.Fprintf(&b, "| %s | %s |", l.workload.name, l.workload.unit)
		for i := range r.peers {
			fmt.Fprintf(&b, " %s |", l.cell(i))
		}
		for i := range base {
			fmt.Fprintf(&b, " %s |", l.ratio(i, base))
		}
		fmt.Fprintf(&b, " %.0f %% |\n", 100*l.load)
	}
	return b.String()
}

func (l *line) cell(peer int) string {
	if l.failed[peer] > 0 {
		return fmt.Sprintf("failed %d×", l.failed[peer])
	}
	if len(l.found[peer]) == 0 {
		return "–"
	}
	var figures []float64
	for _, s := range l.found[peer] {
		figures = append(figures, s.figure)
	}
	text := grouped(median(figures))
	if len(figures) > 1 {
		text += fmt.Sprintf(" (%s – %s)", grouped(slices.Min(figures)), grouped(slices.Max(figures)))
	}
	return text
}

// ratio compares peers round by round, because the machine may be faster in one than in another.
func (l *line) ratio(peer, base int) string {
	if l.failed[peer] > 0 || l.failed[base] > 0 || len(l.found[peer]) == 0 || len(l.found[base]) == 0 {
		return "–"
	}
	var ratios []float64
	for i, s := range l.found[peer] {
		if s.figure == 0 || l.found[base][i].figure == 0 {
			return "–" // nothing was done at all
		}
		ratio := s.figure / l.found[base][i].figure
		if l.workload.smaller {
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
