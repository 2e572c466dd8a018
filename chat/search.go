package chat

import (
	"context"
	"time"
	"unicode/utf8"

	"github.com/madang-chat/madang/chat/internal/search"
)

// Seek asks a store for messages that have words.
type Seek struct {
	Words  search.Query
	Before int64 // seq, exclusive; 0 = from the newest
	Limit  int
	Span   int // messages that are looked at, at most
}

// Sought is what a store found.
type Sought struct {
	Messages []Message // the newest first
	Next     int64     // the Before that goes on; 0 = all was looked at
}

// SearchQuery asks for the messages of a room that have all words of a text.
type SearchQuery struct {
	Room   string
	Text   string
	Before int64 // Next of the answer before, or 0
	Limit  int   // 0, or more than Limits.SearchPage = Limits.SearchPage
}

// Hit is a message that was found.
type Hit struct {
	Message
	Ranges [][2]int // where the words are in what is Searched, in UTF-16 units, in order and apart
}

// Hits answers a search, the newest first. With a Next of 0 there are no more; else there may be,
// also behind an answer without any.
type Hits struct {
	Hits []Hit
	Next int64
}

// Searched is the text that a search looks at: what was said, and a line for each image that
// somebody told what it shows.
func (m Message) Searched() string {
	text := m.Text
	for _, f := range m.Media {
		if f.Alt != "" {
			text += "\n" + f.Alt
		}
	}
	return text
}

// rangesMost is how many places in one message are told.
const rangesMost = 50

// Search looks for what was said in a room, by who has a seat there. It fails with NotMember,
// BadRequest, TooLong, RateLimited, and with Unavailable when it takes too long.
func (h *House) Search(ctx context.Context, who Visitor, q SearchQuery) (Hits, error) {
	r, err := h.room(q.Room)
	if err != nil {
		return Hits{}, err
	}
	if _, err := r.sender(who); err != nil {
		return Hits{}, err
	}
	if q.Before < 0 || q.Limit < 0 {
		return Hits{}, Fail(BadRequest, "before and limit aren't negative")
	}
	if err := h.rates.take(h.rates.visitor(&h.rates.searches, who)...); err != nil {
		return Hits{}, err
	}
	words, err := h.limits.words(q.Text)
	if err != nil {
		return Hits{}, err
	}
	limit := q.Limit
	if limit == 0 || limit > h.limits.SearchPage {
		limit = h.limits.SearchPage
	}
	ctx, cancel := context.WithTimeout(ctx, h.limits.SearchTime)
	defer cancel()
	select {
	case h.searching <- struct{}{}:
		defer func() { <-h.searching }()
	case <-ctx.Done():
		return Hits{}, h.searchFailed(context.Cause(ctx))
	}
	found, err := h.store.Search(ctx, r.id, Seek{Words: words, Before: q.Before, Limit: limit, Span: h.limits.SearchSpan})
	if ctx.Err() != nil && err != nil {
		return Hits{}, h.searchFailed(context.Cause(ctx))
	}
	if err != nil {
		return Hits{}, storeError("search", err)
	}
	hits := Hits{Next: found.Next, Hits: make([]Hit, len(found.Messages))}
	for i, m := range found.Messages {
		hits.Hits[i] = Hit{m, words.Ranges(m.Searched(), rangesMost)}
	}
	return hits, nil
}

func (h *House) searchFailed(err error) error {
	return &Error{Code: Unavailable, Message: "search", Limit: "search-time", N: int(h.limits.SearchTime / time.Second), Retryable: true, Err: err}
}

// words reads what somebody looks for.
func (l Limits) words(text string) (search.Query, error) {
	if n := l.SearchText; utf8.RuneCountInString(text) > n {
		return search.Query{}, Beyond(TooLong, "q", "search-text", n, "the text to look for is too long")
	}
	words, ok := search.Parse(text)
	if !ok {
		return search.Query{}, failField(BadRequest, "q", "nothing to look for")
	}
	return words, nil
}
