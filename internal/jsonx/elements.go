package jsonx

import "iter"

// Values yields the values of a comma-separated list, the inside of an array that passed Scan,
// without white space around them.
func Values(list []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for rest := list; ; {
			var v []byte
			if v, rest = First(rest); v == nil || !yield(v) {
				return
			}
		}
	}
}

// First cuts a comma-separated list, the inside of an array that passed Scan, after its first
// value. first is nil when the list is empty; rest is what follows the comma, trimmed.
func First(list []byte) (first, rest []byte) {
	start := space(list, 0)
	if start == len(list) {
		return nil, nil
	}
	end := valueEnd(list, start)
	next := space(list, end)
	if next < len(list) {
		next = space(list, next+1)
	}
	return list[start:end:end], list[next:spaceBefore(list, next, len(list))]
}

// Trim is data without the white space around it.
func Trim(data []byte) []byte {
	start := space(data, 0)
	return data[start:spaceBefore(data, start, len(data))]
}

// valueEnd returns the index after the value that starts at i, in text that passed Scan.
func valueEnd(data []byte, i int) int {
	depth := 0
	for ; i < len(data); i++ {
		switch data[i] {
		case '"':
			end, ok := str(data, i)
			if !ok {
				return len(data)
			}
			if depth == 0 {
				return end
			}
			i = end - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return i
			}
		}
	}
	return i
}
