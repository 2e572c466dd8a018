package httpapi

import (
	"net/http"
	"net/url"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/wire"
)

// known is the visitor of a request that only a session can make.
func (s *site) known(r *http.Request) (visitor, error) {
	v, err := s.guest(r)
	if err == nil && v.ID == "" {
		err = chat.Fail(chat.Unauthorized, "no session")
	}
	return v, err
}

// getMe tells a visitor about itself.
func (s *site) getMe(w http.ResponseWriter, r *http.Request) error {
	v, err := s.known(r)
	if err != nil {
		return err
	}
	id, err := s.house.Profile(r.Context(), v.Visitor)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, wire.MeReplyOf(id, v.lang))
	return nil
}

// getAllowance tells a visitor how much of images it may still send.
func (s *site) getAllowance(w http.ResponseWriter, r *http.Request) error {
	v, err := s.known(r)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, wire.AllowanceReplyOf(s.house.Allowance(v.Visitor)))
	return nil
}

type meRequest struct {
	Nickname *string `json:"nickname"` // "" = the generated name
	Check    bool    `json:"check"`    // nothing is changed
}

func (q *meRequest) form(v url.Values) error {
	if v.Has("nickname") {
		q.Nickname = new(v.Get("nickname"))
	}
	q.Check = v.Get("check") == "true"
	return nil
}

// patchMe changes how a visitor is called, or says whether it could be.
func (s *site) patchMe(w http.ResponseWriter, r *http.Request) error {
	v, err := s.known(r)
	if err != nil {
		return err
	}
	var q meRequest
	if err := s.readBody(w, r, &q); err != nil {
		return err
	}
	if q.Nickname == nil {
		return &chat.Error{Code: chat.BadRequest, Field: "nickname", Message: "there is nothing to change"}
	}
	if q.Check {
		nickname, err := s.house.CheckNickname(v.Visitor, *q.Nickname)
		if err != nil {
			return err
		}
		writeJSON(w, http.StatusOK, wire.NickReply{OK: true, Nickname: nickname})
		return nil
	}
	id, err := s.house.Rename(r.Context(), v.Visitor, *q.Nickname)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, wire.MeReplyOf(id, v.lang))
	return nil
}
