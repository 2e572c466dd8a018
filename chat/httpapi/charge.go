package httpapi

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/wire"
)

// deleteMessage deletes a message: the visitor's own, or in charge.
func (s *site) deleteMessage(w http.ResponseWriter, r *http.Request) error {
	v, err := s.guest(r)
	if err != nil {
		return err
	}
	seq, err := strconv.ParseInt(r.PathValue("seq"), 10, 64)
	if err != nil {
		return &chat.Error{Code: chat.NotFound, Field: "seq", Message: "messages have numbers"}
	}
	rev, err := s.house.DeleteMessage(r.Context(), v.Visitor, r.PathValue("id"), seq)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, wire.DeletedReply{OK: true, Rev: rev})
	return nil
}

type personRequest struct {
	User string `json:"user"`
}

func (q *personRequest) form(v url.Values) error {
	q.User = v.Get("user")
	return nil
}

// postKick removes somebody from a room.
func (s *site) postKick(w http.ResponseWriter, r *http.Request) error {
	v, err := s.guest(r)
	if err != nil {
		return err
	}
	var q personRequest
	if err := s.readBody(w, r, &q); err != nil {
		return err
	}
	if err := s.house.Remove(r.Context(), v.Visitor, r.PathValue("id"), q.User); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, wire.Done)
	return nil
}
