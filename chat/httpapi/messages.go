package httpapi

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/cookie"
	"github.com/madang-chat/madang/chat/wire"
)

type chatRequest struct {
	Chat string `json:"chat"`
	CID  string `json:"cid"`
}

func (q *chatRequest) form(v url.Values) error {
	q.Chat, q.CID = v.Get("chat"), v.Get("cid")
	return nil
}

// postChat sends a text to a room where the visitor has a seat.
func (s *site) postChat(w http.ResponseWriter, r *http.Request) error {
	v, err := s.visitor(w, r)
	if err != nil {
		return err
	}
	var q chatRequest
	if err := s.readBody(w, r, &q); err != nil {
		return err
	}
	m, dup, err := s.house.Send(r.Context(), v.Visitor, chat.Post{Room: r.PathValue("id"), CID: q.CID, Text: q.Chat})
	if err != nil {
		return err
	}
	answerSent(w, r, wire.SentReplyOf(m, dup))
	return nil
}

// answerSent answers a message that was posted.
func answerSent(w http.ResponseWriter, r *http.Request, reply wire.SentReply) {
	if wantsForm(r) {
		plain(w, "ok")
	} else {
		writeJSON(w, http.StatusOK, reply)
	}
}

// messages answers a page of a room's history.
func (s *site) messages(w http.ResponseWriter, r *http.Request) error {
	v, err := s.guest(r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	q := chat.HistoryQuery{Room: id, Grant: cookie.Grant(r, id)}
	var limit int64
	if err := wholeNumbers(r, map[string]*int64{"before": &q.Before, "after": &q.After, "limit": &limit}); err != nil {
		return err
	}
	q.Oldest = r.URL.Query().Get("after") != "" && q.Before == 0
	q.Limit = int(min(limit, int64(s.house.Limits().HistoryPage)))
	snap, err := s.house.History(r.Context(), v.Visitor, q)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, wire.PageReplyOf(snap, v.lang, v.ID))
	return nil
}

// wholeNumbers reads parameters of the address; those that are absent stay as they are.
func wholeNumbers(r *http.Request, into map[string]*int64) error {
	values := r.URL.Query()
	for name, n := range into {
		text := values.Get(name)
		if text == "" {
			continue
		}
		var err error
		if *n, err = strconv.ParseInt(text, 10, 64); err != nil || *n < 0 {
			return &chat.Error{Code: chat.BadRequest, Field: name, Message: name + " is a whole number from 0"}
		}
	}
	return nil
}
