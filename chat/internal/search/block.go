package search

import (
	"iter"
	"strings"
)

// Size is how many messages of a room a block holds: those whose seq is number*Size and more.
const Size = 64

// Number is the number of the block that a message is in.
func Number(seq int64) int64 { return seq / Size }

// gap stands between two texts of a block; UTF-8 doesn't have it.
const gap = "\xff"

// Block puts the texts of a whole block together, in their folded form. A message that has none, or
// that isn't there, has "".
func Block(texts [Size]string) string {
	for i, text := range texts {
		texts[i] = Fold(text)
	}
	return strings.Join(texts[:], gap)
}

// Blank takes texts out of a block: those from one seq on and before another.
func Blank(block string, number, from, to int64) string {
	texts := strings.Split(block, gap)
	for i := range texts {
		if seq := number*Size + int64(i); from <= seq && seq < to {
			texts[i] = ""
		}
	}
	return strings.Join(texts, gap)
}

// Found yields the places in a block where all words of a query are, the last first. The message
// has the seq number*Size+place.
func (q Query) Found(block string) iter.Seq[int64] {
	return func(yield func(int64) bool) {
		if !q.In(block) { // which is quicker than text by text
			return
		}
		place := int64(strings.Count(block, gap))
		for rest, more := block, true; more; place-- {
			at := strings.LastIndex(rest, gap)
			if more = at >= 0; !more {
				at = -len(gap)
			}
			if q.In(rest[at+len(gap):]) && !yield(place) {
				return
			}
			rest = rest[:max(at, 0)]
		}
	}
}
