package search

import (
	"slices"
	"unicode/utf8"
)

// Ranges are the parts of a text that a query's words were found in, in order and apart, in UTF-16
// units as the strings of browsers count; none when a word is missing. There are at most so many.
func (q Query) Ranges(text string, most int) [][2]int {
	folded := Fold(text)
	if !q.In(folded) {
		return nil
	}
	var all [][2]int // in runes
	for _, w := range q.words {
		for from, n := 0, 0; n < most; n++ {
			start, end, ok := w.next(folded, from)
			if !ok {
				break
			}
			all = append(all, [2]int{start, end})
			from = end
		}
	}
	slices.SortFunc(all, func(a, b [2]int) int { return a[0] - b[0] })
	joined := all[:1]
	for _, r := range all[1:] {
		if last := &joined[len(joined)-1]; r[0] <= last[1] {
			last[1] = max(last[1], r[1])
		} else {
			joined = append(joined, r)
		}
	}
	return inUnits(text, folded, joined[:min(most, len(joined))])
}

// inUnits turns bytes of a folded text into units of the text itself; both have the same runes.
func inUnits(text, folded string, all [][2]int) [][2]int {
	units := make([][2]int, len(all))
	at, unit, i := 0, 0, 0
	for _, r := range text {
		for ; i < len(all) && all[i][1] == at; i++ {
			units[i][1] = unit
		}
		if i == len(all) {
			return units
		}
		if all[i][0] == at {
			units[i][0] = unit
		}
		_, size := utf8.DecodeRuneInString(folded[at:])
		at += size
		unit++
		if r > 0xffff {
			unit++
		}
	}
	if i < len(all) {
		units[i][1] = unit
	}
	return units
}
