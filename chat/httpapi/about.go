package httpapi

import (
	"cmp"
	_ "embed"
	"fmt"
	"html"
	"net/http"
	"strings"
	"time"

	"github.com/madang-chat/madang/chat/wire"
)

// picture is what messengers show beside a link. The product drew it.
//
//go:embed about.png
var picture []byte

const (
	pictureURL    = "/about.png"
	pictureWidth  = 1200
	pictureHeight = 630
)

// robots is for those who search the web: the lobby and rooms may be looked at, where the page of
// one that isn't for everybody asks not to be kept.
const robots = `User-agent: *
Disallow: /gif/
Disallow: /socket.io/
Disallow: /room$
Disallow: /room/*/
Allow: /
`

// about is what the page tells those who don't run it: searchers, and messengers that show a link.
type about struct {
	lang        string
	title       string // "" = that of the site alone
	description string // "" = it isn't for them
	canonical   string // "" = not known
	base        string
	hidden      bool // not to be kept by a searcher
}

// about is the page of an answer. Only the lobby and rooms that everybody sees there say more than
// the product's name.
func (s *site) about(r *http.Request, lang string, status int, d data) about {
	a := about{lang: lang, base: s.base(r)}
	path := ""
	switch {
	case status != http.StatusOK:
	case d.View == "lobby":
		a.description, path = wire.Text(lang, "about.site"), "/"
	case d.View == "room" && d.shown.Listed && !d.shown.Locked:
		a.title = d.shown.Title
		a.description, path = wire.AboutRoom(d.shown, lang, time.Now()), wire.RoomURL(d.shown)
	}
	a.hidden = a.description == ""
	if a.base != "" {
		a.canonical = a.base + path
	}
	return a
}

// html is what stands in the page's head.
func (a about) html() string {
	var b strings.Builder
	site := wire.Text(a.lang, "about.name")
	title := site
	if a.title != "" {
		title = a.title + " · " + site
	}
	fmt.Fprintf(&b, "<title>%s</title>", html.EscapeString(title))
	if a.hidden {
		b.WriteString(`<meta name="robots" content="noindex">`)
		return b.String()
	}
	tag := func(kind, name, value string) {
		fmt.Fprintf(&b, `<meta %s="%s" content="%s">`, kind, name, html.EscapeString(value))
	}
	tag("name", "description", a.description)
	tag("property", "og:type", "website")
	tag("property", "og:site_name", site)
	tag("property", "og:locale", map[string]string{korean: "ko_KR", english: "en_US"}[a.lang])
	tag("property", "og:title", cmp.Or(a.title, site))
	tag("property", "og:description", a.description)
	tag("name", "twitter:card", "summary_large_image")
	if a.base == "" { // addresses here are whole ones
		return b.String()
	}
	fmt.Fprintf(&b, `<link rel="canonical" href="%s">`, html.EscapeString(a.canonical))
	tag("property", "og:url", a.canonical)
	tag("property", "og:image", a.base+pictureURL)
	tag("property", "og:image:type", "image/png")
	tag("property", "og:image:width", fmt.Sprint(pictureWidth))
	tag("property", "og:image:height", fmt.Sprint(pictureHeight))
	tag("property", "og:image:alt", site)
	return b.String()
}
