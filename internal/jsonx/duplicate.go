package jsonx

import (
	"cmp"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// codecDepth is the nesting that the codec itself refuses to exceed.
const codecDepth = 10000

// span is a part of a text, from start up to but without end.
type span struct{ start, end int }

// object notes the members of an object that is being read.
type object struct {
	starts []int          // where each member starts
	newest map[string]int // name → its newest member
}

// dropDuplicates returns data without the members whose name comes again in the same object:
// what JSON.parse sees. The codec would merge their values instead. It runs only on text in
// which the codec found a duplicate, so it may use memory.
func dropDuplicates(data []byte) ([]byte, error) {
	if err := Scan(data, codecDepth); err != nil {
		return nil, err
	}
	var open []*object // nil for an array
	var drop []span
	for i := 0; i < len(data); {
		member := false
		switch data[i] {
		case '{':
			open = append(open, &object{newest: map[string]int{}})
			i = space(data, i+1)
			member = data[i] == '"'
		case '[':
			open = append(open, nil)
			i++
		case '}', ']':
			open = open[:len(open)-1]
			i++
		case ',':
			i = space(data, i+1)
			member = open[len(open)-1] != nil
		case '"':
			i, _ = str(data, i)
		default:
			i++
		}
		if member {
			o := open[len(open)-1]
			end, _ := str(data, i)
			unquoted, _ := jsontext.AppendUnquote(nil, data[i:end])
			name := string(unquoted)
			o.starts = append(o.starts, i)
			if old, ok := o.newest[name]; ok {
				drop = append(drop, span{o.starts[old], o.starts[old+1]})
			}
			o.newest[name] = len(o.starts) - 1
			i = end
		}
	}
	slices.SortFunc(drop, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	out, pos := make([]byte, 0, len(data)), 0
	for _, d := range drop {
		if d.start > pos {
			out = append(out, data[pos:d.start]...)
		}
		pos = max(pos, d.end)
	}
	return append(out, data[pos:]...), nil
}
