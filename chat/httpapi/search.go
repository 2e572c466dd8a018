package httpapi

import (
	"net/http"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/wire"
)

// search answers what was found in a room where the visitor has a seat.
func (s *site) search(w http.ResponseWriter, r *http.Request) error {
	v, err := s.guest(r)
	if err != nil {
		return err
	}
	q := chat.SearchQuery{Room: r.PathValue("id"), Text: r.URL.Query().Get("q")}
	var limit int64
	if err := wholeNumbers(r, map[string]*int64{"before": &q.Before, "limit": &limit}); err != nil {
		return err
	}
	q.Limit = int(min(limit, int64(s.house.Limits().SearchPage)))
	hits, err := s.house.Search(r.Context(), v.Visitor, q)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, wire.HitsReplyOf(hits, v.lang, v.ID))
	return nil
}
