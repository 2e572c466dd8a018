package httpapi

import (
	"net/http"
	"net/url"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/cookie"
	"github.com/madang-chat/madang/chat/wire"
)

const (
	korean  = "ko"
	english = "en"
)

type langRequest struct {
	Lang string `json:"lang"`
}

func (q *langRequest) form(v url.Values) error {
	q.Lang = v.Get("lang")
	return nil
}

// postLang remembers the language of a visitor.
func (s *site) postLang(w http.ResponseWriter, r *http.Request) error {
	var q langRequest
	if err := s.readBody(w, r, &q); err != nil {
		return err
	}
	if q.Lang != korean && q.Lang != english {
		return &chat.Error{Code: chat.BadRequest, Field: "lang", Message: `lang is "ko" or "en"`}
	}
	cookie.SetLanguage(w, r, q.Lang)
	return tasted(w, r)
}

type themeRequest struct {
	Theme string `json:"theme"`
}

func (q *themeRequest) form(v url.Values) error {
	q.Theme = v.Get("theme")
	return nil
}

// postTheme remembers the theme of a visitor.
func (s *site) postTheme(w http.ResponseWriter, r *http.Request) error {
	var q themeRequest
	if err := s.readBody(w, r, &q); err != nil {
		return err
	}
	switch q.Theme {
	case "light", "dark", "auto":
		cookie.SetTheme(w, r, q.Theme)
	default:
		return &chat.Error{Code: chat.BadRequest, Field: "theme", Message: `theme is "light", "dark" or "auto"`}
	}
	return tasted(w, r)
}

func tasted(w http.ResponseWriter, r *http.Request) error {
	if wantsForm(r) {
		seeOther(w, "/")
	} else {
		writeJSON(w, http.StatusOK, wire.Done)
	}
	return nil
}
