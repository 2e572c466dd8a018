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
	v := s.reader(r)
	for _, token := range cookie.Sessions(r) {
		id, err := s.house.Identity(r.Context(), token)
		switch chat.CodeOf(err) {
		case "":
			v.Identity, v.token = id, token
			askerOf(r).Identity = id
			return v, s.house.LockedOut(v.Visitor)
		case chat.Unauthorized:
		default:
			return visitor{}, err
		}
	}
	return v, nil
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
