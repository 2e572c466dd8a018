package httpapi

import (
	"net/http"
	"net/netip"
	"time"

	"github.com/madang-chat/madang/chat"
)

// sidsMost is how many session cookies of one request are looked up. There are several only when
// another site of the same domain planted some.
const sidsMost = 4

// visitor is who asks, and how answers look to them.
type visitor struct {
	chat.Identity // zero = no session
	lang          string
	theme         string

	token string
}

// reader knows the visitor's preferences and not who it is.
func (s *site) reader(r *http.Request) visitor {
	return visitor{lang: langOf(r), theme: themeOf(r)}
}

// guest is the visitor of a request that needs no session: without a valid one it is nobody.
func (s *site) guest(r *http.Request) (visitor, error) {
	v := s.reader(r)
	for i, c := range r.CookiesNamed(sidName(r)) {
		if i == sidsMost {
			break
		}
		id, err := s.house.Identity(r.Context(), c.Value)
		switch chat.CodeOf(err) {
		case "":
			v.Identity, v.token = id, c.Value
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
	setCookie(w, r, sidName(r), v.token, s.house.Limits().SessionLife)
	return v, nil
}

func sidName(r *http.Request) string {
	if overTLS(r) {
		return "__Host-sid"
	}
	return "sid"
}

func grantName(room string) string { return "grant_" + room }

// grantOf is the grant for a room that the request carries, or "".
func grantOf(r *http.Request, room string) string {
	c, err := r.Cookie(grantName(room))
	if err != nil {
		return ""
	}
	return c.Value
}

// networkOf is what limits count a visitor by besides its session: the address of the connection, of
// IPv6 the /64 that one customer gets. Headers aren't looked at, because anybody can send them: what is
// in front of this handler replaces the address where it knows the proxy.
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

// overTLS tells whether the visitor's connection is encrypted, here or at a proxy in front. The header
// can be forged, which harms the forger alone: its cookies don't come back over plain HTTP.
func overTLS(r *http.Request) bool {
	return r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https"
}

// setCookie sets a cookie of the whole site; no life removes it.
func setCookie(w http.ResponseWriter, r *http.Request, name, value string, life time.Duration) {
	age := int(life / time.Second)
	if age <= 0 {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{
		Name:     name,
		Value:    value,
		Path:     "/",
		MaxAge:   age,
		HttpOnly: true,
		Secure:   overTLS(r),
		SameSite: http.SameSiteLaxMode,
	})
}
