package live

import (
	"context"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/wire"
	"github.com/madang-chat/madang/socketio"
)

// SearchRequest asks for the messages of a room that have all words of Q, the newest first.
type SearchRequest struct {
	RoomRequest
	Q      string `json:"q"`
	Before int64  `json:"before"` // next of the answer before; 0 or absent = from the newest
	Limit  int    `json:"limit"`  // 0 or absent = as many as there are in an answer
}

func (r *rooms) search(ctx context.Context, s *socketio.Socket, q SearchRequest) (wire.HitsReply, error) {
	who := visitorOf(ctx)
	hits, err := r.house.Search(s.Context(), who.Visitor, chat.SearchQuery{Room: q.Room, Text: q.Q, Before: q.Before, Limit: q.Limit})
	if err != nil {
		return wire.HitsReply{}, unread(s, err)
	}
	return wire.HitsReplyOf(hits, who.lang, who.ID), nil
}
