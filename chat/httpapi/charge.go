package httpapi

import (
	"context"
	"net/http"
	"net/url"
	"slices"
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
	return s.toPerson(w, r, s.house.Remove)
}

// postTransfer hands a room over.
func (s *site) postTransfer(w http.ResponseWriter, r *http.Request) error {
	return s.toPerson(w, r, s.house.HandOver)
}

// toPerson does something in a room that needs to know no more than to whom.
func (s *site) toPerson(w http.ResponseWriter, r *http.Request,
	act func(ctx context.Context, who chat.Visitor, room, user string) error) error {
	v, err := s.guest(r)
	if err != nil {
		return err
	}
	var q personRequest
	if err := s.readBody(w, r, &q); err != nil {
		return err
	}
	if err := act(r.Context(), v.Visitor, r.PathValue("id"), q.User); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, wire.Done)
	return nil
}

type banRequest struct {
	User    string `json:"user"`
	For     string `json:"for"` // hour, day, good
	Address bool   `json:"address"`
	Reason  string `json:"reason"`
}

func (q *banRequest) form(v url.Values) error {
	q.User, q.For, q.Reason = v.Get("user"), v.Get("for"), v.Get("reason")
	q.Address = slices.Contains([]string{"true", "on", "1"}, v.Get("address"))
	return nil
}

// postBan bans somebody from a room.
func (s *site) postBan(w http.ResponseWriter, r *http.Request) error {
	v, err := s.guest(r)
	if err != nil {
		return err
	}
	var q banRequest
	if err := s.readBody(w, r, &q); err != nil {
		return err
	}
	d, err := wire.BanTime(q.For)
	if err != nil {
		return err
	}
	if err := s.house.BanMember(r.Context(), v.Visitor, chat.BanRequest{
		Room: r.PathValue("id"), User: q.User, For: d, Address: q.Address, Reason: q.Reason,
	}); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, wire.Done)
	return nil
}
