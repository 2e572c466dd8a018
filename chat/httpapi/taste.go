package httpapi

import (
	"net/http"
	"net/url"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/wire"
)

// tasteLife is how long the cookies of language and theme are kept.
const tasteLife = 365 * 24 * time.Hour

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
	if err := readBody(w, r, &q); err != nil {
		return err
	}
	if q.Lang != korean && q.Lang != english {
		return &chat.Error{Code: chat.BadRequest, Field: "lang", Message: `lang is "ko" or "en"`}
	}
	setCookie(w, r, "lang", q.Lang, tasteLife)
	return tasted(w, r)
}

type themeRequest struct {
	Theme string `json:"theme"`
}

func (q *themeRequest) form(v url.Values) error {
	q.Theme = v.Get("theme")
	return nil
}

// postTheme remembers the theme of a visitor; auto is no cookie.
func (s *site) postTheme(w http.ResponseWriter, r *http.Request) error {
	var q themeRequest
	if err := readBody(w, r, &q); err != nil {
		return err
	}
	switch q.Theme {
	case "light", "dark":
		setCookie(w, r, "theme", q.Theme, tasteLife)
	case "auto":
		setCookie(w, r, "theme", "", 0)
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

// langOf is the cookie's language, else the first of ours that the browser names, else Korean.
func langOf(r *http.Request) string {
	chosen := ""
	if c, err := r.Cookie("lang"); err == nil {
		chosen = c.Value
	}
	return wire.Lang(chosen, r.Header.Get("Accept-Language"))
}

func themeOf(r *http.Request) string {
	if c, err := r.Cookie("theme"); err == nil && (c.Value == "light" || c.Value == "dark") {
		return c.Value
	}
	return "auto"
}
