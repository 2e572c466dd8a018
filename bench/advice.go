package main

import (
	"fmt"
	"slices"
	"strings"
)

// million is the clients of the reckoning.
const million = 1_000_000

// advice is the parts of docs/performance.md that are made of runs.
func advice(kept map[string]*report) map[string]string {
	servers := kept["servers"]
	parts := map[string]string{"one processor": oneProcessor(servers), "a million": reckoning(servers)}
	for _, name := range []string{"growth", "settings", "chat"} {
		var b strings.Builder
		r := kept[name]
		r.table(&b, "workload | unit", 0, "", func(*line) bool { return true }, func(l *line, i int) string { return l.typical(i) })
		parts[name] = fmt.Sprintf("%s, %s; %s.\n\n%s", r.Date, r.Machine, r.Load, &b)
	}
	return parts
}

// typical is the median alone.
func (l *line) typical(peer int) string {
	if !l.good(peer) {
		return "–"
	}
	return grouped(l.median(peer))
}

// oneProcessor tells what our server did.
func oneProcessor(r *report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s; %s.\n\n| what | in a second of one processor | CPU µs each | p50 / p99 then, ms |\n| --- | --- | --- | --- |\n", r.Date, r.Machine, r.Load)
	for _, p := range panels {
		l := r.line(p.workload)
		if l == nil || l.Smaller || !l.good(0) {
			continue
		}
		latency := "–"
		if l.timed() {
			latency = l.latency(0)
		}
		fmt.Fprintf(&b, "| %s | %s | %.2f | %s |\n", p.title, grouped(l.median(0)), 1e6/l.median(0), latency)
	}
	return b.String()
}

func (r *report) line(workload string) *line {
	i := slices.IndexFunc(r.Lines, func(l *line) bool { return l.Name == workload })
	if i < 0 {
		return nil
	}
	return r.Lines[i]
}

// reckoning multiplies.
func reckoning(r *report) string {
	of := func(workload string) float64 {
		l := r.line(workload)
		if l == nil || !l.good(0) {
			return 0
		}
		return l.median(0)
	}
	beats := million / 25.0
	rows := []struct{ what, reckoned, is string }{
		{"memory of the program", fmt.Sprintf("%s bytes each", grouped(of("idle"))), fmt.Sprintf("%.1f GB", of("idle")*million/1e9)},
		{"memory of the kernel", fmt.Sprintf("%d bytes each", kernelSocket), fmt.Sprintf("%.1f GB", kernelSocket*million/1e9)},
		{"heartbeats", fmt.Sprintf("%s a second, %s µs each", grouped(beats), grouped(of("heartbeat"))), fmt.Sprintf("%.2f processors", beats*of("heartbeat")/1e6)},
		{"all come back after a restart", fmt.Sprintf("%s a second of a processor", grouped(of("connects"))), fmt.Sprintf("%s CPU seconds", grouped(million/max(1, of("connects"))))},
		{"one event to all", fmt.Sprintf("%s a second of a processor", grouped(of("broadcast-1"))), fmt.Sprintf("%.1f CPU seconds", million/max(1, of("broadcast-1")))},
		{"the same, eight behind one another", fmt.Sprintf("%s a second of a processor", grouped(of("broadcast-8"))), fmt.Sprintf("%.1f CPU seconds each", million/max(1, of("broadcast-8")))},
		{"each asks something once a minute", fmt.Sprintf("%s a second of a processor", grouped(of("echo-1"))), fmt.Sprintf("%.2f processors", million/60/max(1, of("echo-1")))},
	}
	var b strings.Builder
	b.WriteString("| what | measured | for a million |\n| --- | --- | --- |\n")
	for _, row := range rows {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", row.what, row.reckoned, row.is)
	}
	return b.String()
}

// kernelSocket is what an established TCP socket holds on Linux 6.18, x86-64, in the objects that
// /proc/slabinfo lists: TCP, sock_inode_cache, dentry, filp, eventpoll_epi, kmalloc-64.
const kernelSocket = 2368 + 832 + 192 + 192 + 128 + 64
