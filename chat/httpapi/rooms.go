package httpapi

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/cookie"
	"github.com/madang-chat/madang/chat/wire"
)

type roomRequest struct {
	Slug     string `json:"slug"` // its name in the address
	Title    string `json:"title"`
	Max      int    `json:"max"` // 0 = the default
	Password string `json:"password"`
	Listed   *bool  `json:"listed"` // absent = true
	CID      string `json:"cid"`
	Life     string `json:"life"` // "" = the default, as of History
	History  string `json:"history"`
}

func (q *roomRequest) form(v url.Values) (err error) {
	q.Slug, q.Title, q.Password, q.CID = v.Get("slug"), v.Get("title"), v.Get("password"), v.Get("cid")
	q.Life, q.History = v.Get("life"), v.Get("history")
	if text := v.Get("max"); text != "" {
		if q.Max, err = strconv.Atoi(text); err != nil {
			return &chat.Error{Code: chat.BadMax, Field: "max", Message: "max is a whole number"}
		}
	}
	if text := v.Get("listed"); text != "" {
		listed := !slices.Contains([]string{"false", "off", "0"}, text)
		q.Listed = &listed
	}
	return nil
}

// postRoom opens a room. The same session and cid make one room, and so does the same slug.
func (s *site) postRoom(w http.ResponseWriter, r *http.Request) error {
	v, err := s.visitor(w, r)
	if err != nil {
		return err
	}
	var q roomRequest
	if err := s.readBody(w, r, &q); err != nil {
		return err
	}
	room, dup, err := s.house.CreateRoom(r.Context(), v.Visitor, chat.NewRoom{
		CID:      q.CID,
		Slug:     q.Slug,
		Title:    q.Title,
		Max:      q.Max,
		Password: q.Password,
		Unlisted: q.Listed != nil && !*q.Listed,
		Life:     chat.Span(q.Life),
		History:  chat.Span(q.History),
	})
	if err != nil {
		return err
	}
	if wantsForm(r) {
		seeOther(w, wire.RoomURL(room))
		return nil
	}
	w.Header().Set("Location", wire.RoomURL(room))
	writeJSON(w, http.StatusCreated, wire.CreatedReplyOf(room, dup, v.ID))
	return nil
}

type enterRequest struct {
	Password string `json:"password"`
	Proof    string `json:"proof"` // of the work that PROOF_NEEDED asked for
}

func (q *enterRequest) form(v url.Values) error {
	q.Password, q.Proof = v.Get("password"), v.Get("proof")
	return nil
}

// postEnter exchanges the password of a room for a grant.
func (s *site) postEnter(w http.ResponseWriter, r *http.Request) error {
	v, err := s.visitor(w, r)
	if err != nil {
		return err
	}
	var q enterRequest
	if err := s.readBody(w, r, &q); err != nil {
		return err
	}
	id := r.PathValue("id")
	if q.Proof != "" {
		s.house.Prove(v.Visitor, id, q.Proof)
	}
	grant, err := s.house.Enter(r.Context(), v.Visitor, id, q.Password)
	s.keepGrant(w, r, id, grant)
	if err != nil {
		return err
	}
	room, err := s.house.Room(id)
	if err != nil {
		return err
	}
	if wantsForm(r) {
		seeOther(w, wire.RoomURL(room))
	} else {
		writeJSON(w, http.StatusOK, wire.EnteredReplyOf(room))
	}
	return nil
}

// keepGrant gives the visitor a grant to keep. Who told the password of a full room has one too.
func (s *site) keepGrant(w http.ResponseWriter, r *http.Request, id, grant string) {
	if grant != "" {
		cookie.SetGrant(w, r, id, grant, s.house.Limits().GrantLife)
	}
}

// deleteRoom closes a room of the visitor.
func (s *site) deleteRoom(w http.ResponseWriter, r *http.Request) error {
	v, err := s.guest(r)
	if err != nil {
		return err
	}
	if err := s.house.CloseRoom(r.Context(), v.Visitor, r.PathValue("id")); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, wire.Done)
	return nil
}

// patchRequest is a change of a room. Forms have no PATCH.
type patchRequest struct{ wire.RoomChange }

func (q *patchRequest) form(url.Values) error { return chat.Fail(chat.BadRequest, "send JSON") }

// patchRoom changes a room of the visitor.
func (s *site) patchRoom(w http.ResponseWriter, r *http.Request) error {
	v, err := s.guest(r)
	if err != nil {
		return err
	}
	var q patchRequest
	if err := s.readBody(w, r, &q); err != nil {
		return err
	}
	room, err := s.house.ChangeRoom(r.Context(), v.Visitor, r.PathValue("id"), q.Of())
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, wire.ChangedReplyOf(room, v.ID))
	return nil
}
