// Package near finds what somebody has probably meant.
package near

import "slices"

// Of is the name that a word is most like, or "" when it is like none: of every three letters one
// may be wrong, left out or too many.
func Of(word string, names []string) string {
	best, least := "", len([]rune(word))/3+1
	for _, name := range names {
		if d := distance([]rune(word), []rune(name)); d < least {
			best, least = name, d
		}
	}
	return best
}

// Meant is what an error says of it, such as `, did you mean "listen"?`, or "".
func Meant(word string, names []string) string {
	if name := Of(word, names); name != "" {
		return `, did you mean "` + name + `"?`
	}
	return ""
}

// distance counts the letters to change, to take out and to put in (Levenshtein).
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		above := slices.Clone(row)
		row[0] = i + 1
		for j, y := range b {
			row[j+1] = min(above[j+1], row[j]) + 1
			if x == y {
				row[j+1] = min(row[j+1], above[j])
			} else {
				row[j+1] = min(row[j+1], above[j]+1)
			}
		}
	}
	return row[len(b)]
}
