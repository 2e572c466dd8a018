package chat

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Span is how long something lasts: a room after its last message, a message after it was sent.
type Span string

// Spans, from the shortest.
const (
	UntilEmpty Span = "empty" // of rooms alone: until everybody has left
	Day        Span = "day"
	Week       Span = "week"
	Month      Span = "month" // 30 days, of messages alone
	Always     Span = "always"
)

// Lives and Histories are the spans that rooms and their messages may have.
var (
	Lives     = []Span{UntilEmpty, Day, Week, Always}
	Histories = []Span{Day, Week, Month, Always}
)

const day = 24 * time.Hour

// Duration is how long a span takes; ok is false for those that no time ends.
func (s Span) Duration() (d time.Duration, ok bool) {
	switch s {
	case Day:
		return day, true
	case Week:
		return 7 * day, true
	case Month:
		return 30 * day, true
	}
	return 0, false
}

// Terms are how long rooms and their messages last on a server. Empty fields are the defaults.
type Terms struct {
	Life        Span // of a room that asks for nothing; Week, or LifeMost when that is shorter
	LifeMost    Span // that an owner may choose; Always
	History     Span // of its messages; Always: as long as the room, or HistoryMost
	HistoryMost Span // Always
}

// Check refuses terms that contradict each other, or themselves.
func (t Terms) Check() error {
	for _, s := range []struct {
		name  string
		is    Span
		among []Span
		most  Span
	}{
		{"room-life", t.Life, Lives, t.LifeMost}, {"room-life-most", t.LifeMost, Lives, ""},
		{"history", t.History, Histories, t.HistoryMost}, {"history-most", t.HistoryMost, Histories, ""},
	} {
		if s.is != "" && !slices.Contains(s.among, s.is) {
			return fmt.Errorf("--%s: %q is none of %q", s.name, string(s.is), s.among)
		}
		if s.is != "" && s.most != "" && shorter(s.most, s.is, s.among) != s.is {
			return fmt.Errorf("--%s: at most --%s-most, which is %s", s.name, s.name, s.most)
		}
	}
	return nil
}

func (t Terms) withDefaults() Terms {
	t.LifeMost, t.HistoryMost = cmp.Or(t.LifeMost, Always), cmp.Or(t.HistoryMost, Always)
	t.Life = cmp.Or(t.Life, shorter(Week, t.LifeMost, Lives))
	t.History = cmp.Or(t.History, t.HistoryMost)
	return t
}

// shorter is the shorter one of two spans in their order.
func shorter(a, b Span, order []Span) Span {
	if slices.Index(order, b) < slices.Index(order, a) {
		return b
	}
	return a
}

// life is a room's life as it was chosen, "" for the default.
func (t Terms) life(s Span) (Span, error) {
	return chosen("life", s, t.Life, t.LifeMost, Lives)
}

// history is a room's history as it was chosen, "" for the default.
func (t Terms) history(s Span) (Span, error) {
	return chosen("history", s, t.History, t.HistoryMost, Histories)
}

func chosen(field string, s, usual, most Span, among []Span) (Span, error) {
	switch {
	case s == "":
		return usual, nil
	case !slices.Contains(among, s):
		return "", failField(BadSpan, field, fmt.Sprintf("%s is one of %q", field, among))
	case shorter(most, s, among) != s:
		return "", failField(BadSpan, field, fmt.Sprintf("%s is at most %s on this server", field, most))
	}
	return s, nil
}
