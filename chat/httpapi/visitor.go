package httpapi

import (
	"net/http"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/cookie"
	"github.com/madang-chat/madang/internal/clientip"
)

// visitor is who asks, and how answers look to them.
type visitor struct {
	chat.Visitor // zero Identity = no session
	lang         string
	theme        string

	token string
}

// reader knows where the visitor comes from and its preferences, and not who it is. The address is
// that of the connection: what is in front of this handler replaces it where it knows the proxy.
func (s *site) reader(r *http.Request) visitor {
	return visitor{Visitor: chat.Visitor{From: clientip.Network(r.RemoteAddr)}, lang: cookie.Language(r), theme: cookie.Theme(r)}
}

// guest is the visitor of a request that needs no session: without a valid one it is nobody. It
// fails for one that is locked out.
func (s *site) guest(r *http.Request) (visitor, error) {
	v, asker := s.reader(r), askerOf(r)
	if !asker.looked {
		if err := s.look(r, asker); err != nil {
			return visitor{}, err
		}
	}
	v.Visitor, v.token = asker.Visitor, asker.token
	return v, s.house.LockedOut(v.Visitor)
}

// look finds whose session the request brings.
func (s *site) look(r *http.Request, asker *asker) error {
	for _, token := range cookie.Sessions(r) {
		who, err := s.house.Visitor(r.Context(), token)
		switch chat.CodeOf(err) {
		case "":
			who.From = asker.From
			asker.Visitor, asker.token, asker.looked = who, token, true
			return nil
		case chat.Unauthorized:
		default:
			return err
		}
	}
	asker.looked = true
	return nil
}

// unlessLockedOut refuses who is locked out before anything is done for it: a visitor, or an
// address. Visitors that the address has had before go on, so who brings a session there is looked
// up first. Of a banned address nobody is.
func (s *site) unlessLockedOut(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		err := s.house.LockedOut(askerOf(r).Visitor)
		if chat.CodeOf(err) == chat.Banned {
			return err // whoever it is
		}
		if err != nil {
			if _, err := s.guest(r); err != nil {
				return err
			}
		}
		return h(w, r)
	}
}

// visitor is the visitor of a page or a post. Without a valid session it gets one; the cookie is
// written each time, because its life counts from the last visit.
func (s *site) visitor(w http.ResponseWriter, r *http.Request) (visitor, error) {
	v, err := s.guest(r)
	if err != nil {
		return visitor{}, err
	}
	if v.token == "" {
		v.token, v.Identity, err = s.house.NewSession(r.Context(), v.lang, v.From)
	} else {
		s.house.Describe(r.Context(), v.Visitor, deviceOf(r))
		v.token, err = s.house.Renew(r.Context(), v.token)
	}
	if err != nil {
		return visitor{}, err
	}
	if v.token == "" { // another answer has told it
		return v, nil
	}
	cookie.SetSession(w, r, v.token, s.house.Limits().SessionLife)
	return v, nil
}
