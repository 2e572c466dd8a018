package main

import (
	"fmt"
	"html"
	"slices"
	"strings"
)

// plotted are the peers of the plot, by their names in it.
var plotted = []struct{ peer, name string }{
	{"madang", "Madang"}, {"node", "Node"}, {"bun", "Bun"}, {"socketioxide", "socketioxide"},
}

// panels are the workloads of the plot, in words.
var panels = []struct{ workload, title string }{
	{"idle", "Memory of an idle client, bytes: less is better"},
	{"heartbeat", "A heartbeat, CPU µs: less is better"},
	{"connects", "Visits, from handshake to goodbye"},
	{"polling", "Echo over long-polling"},
	{"echo-1", "Echo, one under way for each client"},
	{"echo-32", "Echo, 32 under way for each client"},
	{"broadcast-1", "To 1,000 clients, one message in flight"},
	{"broadcast-8", "To 1,000 clients, 8 in flight"},
	{"broadcast-64", "To 1,000 clients, 64 in flight"},
	{"rooms", "To rooms of ten, 32 in flight"},
	{"binary", "Echo of 1 KiB of bytes"},
}

// A theme is the colours of a plot.
type theme struct{ ground, text, quiet, ours, others string }

var (
	light = theme{ground: "#ffffff", text: "#1f2328", quiet: "#59636e", ours: "#0f7b5f", others: "#b6c0ca"}
	dark  = theme{ground: "#0d1117", text: "#e6edf3", quiet: "#9198a1", ours: "#2fbf93", others: "#4d5862"}
)

// Measures of the plot, in pixels.
const (
	columns    = 2
	plotWidth  = 880
	plotMargin = 24
	plotHead   = 70
	panelWidth = (plotWidth - 2*plotMargin) / columns
	nameWidth  = 92
	barMost    = 220
	barHeight  = 13
	barStep    = 18
)

// plot draws what a CPU second of each server does, a panel for each workload with a scale of its
// own.
func plot(r *report, t theme) string {
	panelHeight := 30 + barStep*len(plotted) + 12
	var drawn []string
	for _, p := range panels {
		i := slices.IndexFunc(r.Lines, func(l *line) bool { return l.Name == p.workload })
		if i < 0 {
			continue
		}
		x := plotMargin + len(drawn)%columns*panelWidth
		y := plotHead + len(drawn)/columns*panelHeight
		drawn = append(drawn, panel(r, r.Lines[i], p.title, x, y, t))
	}
	height := plotHead + (len(drawn)+columns-1)/columns*panelHeight + 8
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="t d" font-family="system-ui, sans-serif" font-size="12">`+"\n",
		plotWidth, height, plotWidth, height)
	b.WriteString(`<title id="t">Madang beside Socket.IO on Node, on Bun and in Rust</title>` + "\n")
	fmt.Fprintf(&b, `<desc id="d">%s</desc>`+"\n", html.EscapeString(inWords(r)))
	fmt.Fprintf(&b, `<rect width="%d" height="%d" rx="8" fill="%s"/>`+"\n", plotWidth, height, t.ground)
	write(&b, plotMargin, 30, t.text, `font-size="16" font-weight="600"`, "What one second of a server's CPU does")
	write(&b, plotMargin, 50, t.quiet, "", "events or deliveries, median of "+fmt.Sprint(r.Rounds)+" interleaved rounds, "+r.Date)
	b.WriteString(strings.Join(drawn, ""))
	b.WriteString("</svg>\n")
	return b.String()
}

// panel draws the bars of a workload.
func panel(r *report, l *line, title string, x, y int, t theme) string {
	var b strings.Builder
	write(&b, x, y+14, t.text, `font-weight="600"`, title)
	most := 0.0
	for i := range r.Peers {
		if l.good(i) && slices.ContainsFunc(plotted, func(p struct{ peer, name string }) bool { return p.peer == r.Peers[i].Name }) {
			most = max(most, l.median(i))
		}
	}
	y += 26
	for n, p := range plotted {
		i := slices.IndexFunc(r.Peers, func(of peer) bool { return of.Name == p.peer })
		fill, weight := t.others, ""
		if n == 0 {
			fill, weight = t.ours, `font-weight="600"`
		}
		write(&b, x, y+barHeight-2, t.quiet, weight, p.name)
		if i < 0 || !l.good(i) || most == 0 {
			write(&b, x+nameWidth, y+barHeight-2, t.quiet, "", "not measured")
		} else {
			width := max(1, l.median(i)/most*barMost)
			fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%.1f" height="%d" rx="2" fill="%s"/>`+"\n", x+nameWidth, y, width, barHeight, fill)
			write(&b, x+nameWidth+int(width)+6, y+barHeight-2, t.text, weight, grouped(l.median(i)))
		}
		y += barStep
	}
	return b.String()
}

func write(b *strings.Builder, x, y int, fill, more, text string) {
	if more != "" {
		more = " " + more
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" fill="%s"%s>%s</text>`+"\n", x, y, fill, more, html.EscapeString(text))
}

func (l *line) median(peer int) float64 {
	return median(l.all(peer, func(s sample) float64 { return s.Figure }))
}

// inWords tells what the plot shows.
func inWords(r *report) string {
	var all []string
	for _, p := range panels {
		i := slices.IndexFunc(r.Lines, func(l *line) bool { return l.Name == p.workload })
		if i < 0 {
			continue
		}
		var words []string
		for _, who := range plotted {
			n := slices.IndexFunc(r.Peers, func(of peer) bool { return of.Name == who.peer })
			if n >= 0 && r.Lines[i].good(n) {
				words = append(words, who.name+" "+grouped(r.Lines[i].median(n)))
			}
		}
		all = append(all, p.title+": "+strings.Join(words, ", ")+".")
	}
	return strings.Join(all, " ")
}
