package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// table collects the results and is printed as Markdown.
type table struct {
	rows   []*row
	notes  []*note // what a client can't, or only in part, in the order of appearance
	faults []string
}

// A note is one reason with the checks that it touches.
type note struct {
	why    string
	checks []string
}

type row struct {
	client client
	cells  map[string]string // of each transport
}

// add also says at once how it went.
func (t *table) add(c client, transport string, results []result) {
	i := slices.IndexFunc(t.rows, func(r *row) bool { return r.client.name == c.name })
	if i < 0 {
		i = len(t.rows)
		t.rows = append(t.rows, &row{client: c, cells: map[string]string{}})
	}
	var good, lacks int
	var marks []string
	for _, r := range results {
		switch r.verdict {
		case passed:
			good++
			if r.why != "" {
				marks = append(marks, t.note(r))
			}
		case absent:
			lacks++
			marks = append(marks, t.note(r))
		default:
			t.fault(fmt.Sprintf("%s %s, %s: %s", c.name, transport, r.check, r.why))
		}
	}
	cell := fmt.Sprintf("%d of %d", good, len(checks)-lacks)
	fmt.Fprintf(os.Stderr, "%s %s: %s\n", c.name, transport, cell)
	if marks = slices.Compact(slices.Sorted(slices.Values(marks))); len(marks) > 0 {
		cell += " (" + strings.Join(marks, ", ") + ")"
	}
	t.rows[i].cells[transport] = cell
}

func (t *table) fault(text string) {
	t.faults = append(t.faults, text)
	fmt.Fprintln(os.Stderr, "FAIL", text)
}

// note gives the letter of a footnote.
func (t *table) note(r result) string {
	i := slices.IndexFunc(t.notes, func(n *note) bool { return n.why == r.why })
	if i < 0 {
		i = len(t.notes)
		t.notes = append(t.notes, &note{why: r.why})
	}
	if n := t.notes[i]; !slices.Contains(n.checks, r.check) {
		n.checks = append(n.checks, r.check)
	}
	return letter(i)
}

func letter(i int) string { return string(rune('a' + i)) }

func (t *table) passed() bool { return len(t.faults) == 0 }

func (t *table) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| client | version | %s |\n", strings.Join(transports, " | "))
	b.WriteString(strings.Repeat("| --- ", 2+len(transports)) + "|\n")
	for _, r := range t.rows {
		fmt.Fprintf(&b, "| %s | %s |", r.client.name, r.client.version)
		for _, transport := range transports {
			fmt.Fprintf(&b, " %s |", r.cells[transport])
		}
		b.WriteString("\n")
	}
	if len(t.notes) > 0 {
		b.WriteString("\nWhat the client can't (those checks aren't counted), or only in part:\n\n")
	}
	for i, note := range t.notes {
		fmt.Fprintf(&b, "- %s: %s (%s)\n", letter(i), note.why, strings.Join(note.checks, ", "))
	}
	for _, fault := range t.faults {
		fmt.Fprintf(&b, "FAIL %s\n", fault)
	}
	return b.String()
}
