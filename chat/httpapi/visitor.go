package httpapi

import (
	"net/http"
	"net/netip"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/cookie"
)

// visitor is who asks, and how answers look to them.
type visitor struct {
	chat.Identity // zero = no session
	lang          string
	theme         string

	token string
}

// reader knows the visitor's preferences and not who it is.
func (s *site) reader(r *http.Request) visitor {
	return visitor{lang: cookie.Language(r), theme: cookie.Theme(r)}
}

// guest is the visitor of a request that needs no session: without a valid one it is nobody.
func (s *site) guest(r *http.Request) (visitor, error) {
	v := s.reader(r)
	for _, token := range cookie.Sessions(r) {
		id, err := s.house.Identity(r.Context(), token)
		switch chat.CodeOf(err) {
		case "":
			v.Identity, v.token = id, token
			return v, nil
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
		if v.token, v.Identity, err = s.house.NewSession(r.Context(), v.lang, networkOf(r)); err != nil {
			return visitor{}, err
		}
	}
	cookie.SetSession(w, r, v.token, s.house.Limits().SessionLife)
	return v, nil
}

// networkOf is what limits count a visitor by besides its session: the address of the connection,
// of IPv6 the /64 that one customer gets. Headers aren't looked at, because anybody can send them:
// what is in front of this handler replaces the address where it knows the proxy.
func networkOf(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return "" // a connection without addresses, such as a Unix socket
	}
	addr := peer.Addr().Unmap()
	if addr.Is4() {
		return addr.String()
	}
	return netip.PrefixFrom(addr.WithZone(""), 64).Masked().String()
}
