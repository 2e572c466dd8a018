package wire

import "github.com/madang-chat/madang/chat"

// Hit is a message that was found.
type Hit struct {
	Message Chat `json:"message"`
	// where the words were looked for: its chat and the alts of its images, a line each
	Text string `json:"text"`
	// where they are in that, in UTF-16 units: from, to
	Ranges [][2]int `json:"ranges"`
}

// HitsReply answers a search, the newest first.
type HitsReply struct {
	OK   bool  `json:"ok"`
	Hits []Hit `json:"hits"`
	Next int64 `json:"next,omitzero"` // the before that goes on; absent = there are no more
}

// HitsReplyOf answers with what was found.
func HitsReplyOf(h chat.Hits, lang, viewerID string) HitsReply {
	return HitsReply{OK: true, Next: h.Next, Hits: each(h.Hits, func(hit chat.Hit) Hit {
		return Hit{ChatOf(hit.Message, lang, viewerID), hit.Searched(), hit.Ranges}
	})}
}
