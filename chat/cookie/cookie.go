// Package cookie knows the cookies of a visitor: session, grants of rooms, language and theme. Both
// doors read them here, so that a page and its socket see the same visitor.
package cookie

import (
	"net/http"
	"strings"
	"time"

	"github.com/madang-chat/madang/chat/wire"
)

// The names of the session: the first over HTTPS, the second over plain HTTP.
const (
	secureSession = "__Host-sid"
	plainSession  = "sid"

	language = "lang"
	theme    = "theme"
)

// sessionsMost is how many sessions of one request are looked up. There are several only when
// another site of the same domain planted some, and browsers send those with the longer path first.
const sessionsMost = 4

// tasteLife is how long language and theme are kept.
const tasteLife = 365 * 24 * time.Hour

// Sessions are the session tokens that a request carries. Only the server's own host can have set a
// cookie with the prefix __Host-, so it wins, and over TLS no other one counts.
func Sessions(r *http.Request) (tokens []string) {
	cookies := r.CookiesNamed(secureSession)
	if len(cookies) == 0 && !OverTLS(r) {
		cookies = r.CookiesNamed(plainSession)
	}
	for _, c := range cookies {
		if c.Value != "" {
			tokens = append(tokens, c.Value)
		}
	}
	return tokens[:min(len(tokens), sessionsMost)]
}

// SetSession keeps a session for that long.
func SetSession(w http.ResponseWriter, r *http.Request, token string, life time.Duration) {
	name := plainSession
	if OverTLS(r) {
		name = secureSession
	}
	set(w, r, name, token, life)
}

// DropSession forgets the session.
func DropSession(w http.ResponseWriter, r *http.Request) { SetSession(w, r, "", 0) }

func grantName(room string) string { return "grant_" + room }

// Grant is the proof of knowing a room's password that a request carries, or "".
func Grant(r *http.Request, room string) string { return value(r, grantName(room)) }

// SetGrant keeps such a proof for that long.
func SetGrant(w http.ResponseWriter, r *http.Request, room, grant string, life time.Duration) {
	set(w, r, grantName(room), grant, life)
}

// Language is the one that was chosen, else the first of ours that the browser names, else Korean.
func Language(r *http.Request) string {
	return wire.Lang(value(r, language), r.Header.Get("Accept-Language"))
}

// SetLanguage keeps a chosen language.
func SetLanguage(w http.ResponseWriter, r *http.Request, lang string) {
	set(w, r, language, lang, tasteLife)
}

// Theme is "light", "dark" or, when none was chosen, "auto".
func Theme(r *http.Request) string {
	if v := value(r, theme); v == "light" || v == "dark" {
		return v
	}
	return "auto"
}

// SetTheme keeps a chosen theme; auto is no cookie.
func SetTheme(w http.ResponseWriter, r *http.Request, chosen string) {
	if chosen == "auto" {
		set(w, r, theme, "", 0)
		return
	}
	set(w, r, theme, chosen, tasteLife)
}

func value(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// set sets a cookie of the whole site; no life removes it.
func set(w http.ResponseWriter, r *http.Request, name, value string, life time.Duration) {
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
		Secure:   OverTLS(r),
		SameSite: http.SameSiteLaxMode,
	})
}

// OverTLS tells whether the visitor's connection is encrypted, here or at a proxy in front: the
// first of them when each adds itself. The header can be forged, which harms the forger alone: its
// cookies don't come back over plain HTTP, where browsers don't listen to Strict-Transport-Security
// either. To believe known proxies alone would leave out visitors of one that nobody has named.
func OverTLS(r *http.Request) bool {
	proto, _, _ := strings.Cut(r.Header.Get("X-Forwarded-Proto"), ",")
	return r.TLS != nil || strings.EqualFold(strings.TrimSpace(proto), "https")
}
