package httpapi

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/cookie"
	"github.com/madang-chat/madang/chat/wire"
	"github.com/madang-chat/madang/internal/encoding"
)

// unbuilt is shown instead of a page that npm hasn't built.
const unbuilt = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Madang</title>
<p>The page isn't built. Stop the server and start it with <code>make run</code>.</p>
</html>
`

// page is the HTML of the build, cut where the language, the theme, the title and links, the name
// that stands there until the script has come, and the data go.
type page struct {
	parts    [6]string
	preloads map[[2]string]string // by view and language
}

func readPage(web fs.FS) (*page, error) {
	html, err := fs.ReadFile(web, "index.html")
	if err != nil {
		return nil, err
	}
	var p page
	rest := string(html)
	for i, marker := range []string{`lang="ko"`, `data-theme="auto"`, `<title>마당</title>`, `<!--name-->`, `<!--data-->`} {
		var ok bool
		if p.parts[i], rest, ok = strings.Cut(rest, marker); !ok {
			return nil, fmt.Errorf("index.html has no %s where it is due", marker)
		}
	}
	p.parts[5] = rest
	p.preloads, err = readPreloads(web, string(html))
	return &p, err
}

// data is what the page is told in its HTML.
type data struct {
	View   string      `json:"view"` // lobby, create, room, gate, offer, error
	Lang   string      `json:"lang"`
	Theme  string      `json:"theme"`
	Me     wire.Me     `json:"me"`
	Words  wire.Words  `json:"words"`
	Limits wire.Limits `json:"limits"`
	Terms  wire.Terms  `json:"terms"`
	Rooms  []wire.Room `json:"rooms,omitzero"` // of the lobby: a part, and how many there are
	Mine   []wire.Room `json:"mine,omitzero"`  // of the lobby: the visitor's own
	Total  *int        `json:"total,omitzero"`
	Next   string      `json:"next,omitzero"` // asks the socket for the part behind
	Room   *wire.Room  `json:"room,omitzero"`
	Slug   string      `json:"slug,omitzero"` // of the room that is offered
	Error  *pageError  `json:"error,omitzero"`

	shown chat.Room // the room, for those who don't run the page
}

type pageError struct {
	Code    chat.Code `json:"code"`
	Message string    `json:"message"`
	Status  int       `json:"status"`
	Ref     string    `json:"ref,omitzero"`

	Limit        string `json:"limit,omitzero"`
	N            int    `json:"n,omitzero"`
	RetryAfterMs int64  `json:"retryAfterMs,omitzero"`
}

// show answers with the page.
func (s *site) show(w http.ResponseWriter, r *http.Request, status int, v visitor, d data) {
	h := w.Header()
	about := s.about(r, v.lang, status, d)
	if about.hidden {
		h.Set("X-Robots-Tag", "noindex")
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "private, no-cache")
	h.Add("Vary", "Accept, Accept-Encoding, Accept-Language, Cookie")
	if s.page == nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		io.WriteString(w, unbuilt)
		return
	}
	d.Lang, d.Theme = v.lang, v.theme
	d.Me = wire.MeOf(v.Identity, v.lang)
	d.Words = wire.NameWords()
	d.Limits = wire.LimitsOf(s.house.Limits())
	d.Terms = wire.TermsOf(s.house.Terms())
	block, err := json.Marshal(d) // escapes <, > and &
	if err != nil {
		panic(fmt.Errorf("encode the page's data: %w", err))
	}
	var b bytes.Buffer
	parts := s.page.parts
	fmt.Fprintf(&b, `%slang="%s"%sdata-theme="%s"%s%s%s`, parts[0], v.lang, parts[1], v.theme, parts[2], s.page.preloads[[2]string{d.View, v.lang}], about.html())
	fmt.Fprintf(&b, `%s%s%s<script type="application/json" id="data">%s</script>%s`, parts[3], wire.Text(v.lang, "about.name"), parts[4], block, parts[5])
	body := b.Bytes()
	if encoding.Choose(r.Header, "gzip") != "" {
		h.Set("Content-Encoding", "gzip")
		body = pack(body)
	}
	w.WriteHeader(status)
	w.Write(body)
}

// packers are lent: a new one allocates 0.8 MB.
var packers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

// pack compresses a page. What a visitor can put into one stands in no page with secrets, whose
// length would tell of them.
func pack(html []byte) []byte {
	var b bytes.Buffer
	z := packers.Get().(*gzip.Writer)
	z.Reset(&b)
	z.Write(html)
	z.Close()
	packers.Put(z)
	return b.Bytes()
}

// told are the codes that another page may send a visitor to the lobby with: there is another room
// to go to. What is to be waited for has a page of its own, with the time that it takes.
var told = []chat.Code{chat.NoSuchRoom, chat.WrongPassword, chat.Closed}

// lobby shows the list of rooms, and why the visitor was sent here when the address has a code that
// we know. Nothing else of the query is looked at.
func (s *site) lobby(w http.ResponseWriter, r *http.Request) error {
	v, err := s.visitor(w, r)
	if err != nil {
		return err
	}
	first, err := s.house.Lobby(chat.Visitor{}, chat.LobbyQuery{})
	if err != nil {
		return err
	}
	d := data{View: "lobby", Rooms: wire.RoomsOf(first.Rooms, v.ID), Mine: wire.RoomsOf(s.house.OwnRooms(v.Visitor), v.ID), Total: &first.Total, Next: first.Next}
	if code := chat.Code(strings.ToUpper(r.URL.Query().Get("e"))); slices.Contains(told, code) {
		text := wire.ErrorOf(chat.Fail(code, ""), v.lang, "").Error.Message
		d.Error = &pageError{Code: code, Message: text, Status: wire.Status(code)}
	}
	s.show(w, r, http.StatusOK, v, d)
	return nil
}

func (s *site) create(w http.ResponseWriter, r *http.Request) error {
	v, err := s.visitor(w, r)
	if err != nil {
		return err
	}
	s.show(w, r, http.StatusOK, v, data{View: "create"})
	return nil
}

// room shows a room, or the question for its password. The page of a room that is full, or whose
// door is locked, waits by itself; other programs get the error. A browser that can't enter is sent
// to the lobby. An address without a room makes no session.
func (s *site) room(w http.ResponseWriter, r *http.Request) error {
	room, err := s.house.Room(r.PathValue("id"))
	if err != nil {
		return s.toLobby(w, r, err)
	}
	return s.showRoom(w, r, room)
}

func (s *site) showRoom(w http.ResponseWriter, r *http.Request, room chat.Room) error {
	v, err := s.visitor(w, r)
	if err != nil {
		return err
	}
	if q := r.URL.Query(); q.Has("password") {
		return s.enterByLink(w, r, v, room, q.Get("password"))
	}
	err = s.house.CanEnter(r.Context(), v.Visitor, room.ID, cookie.Grant(r, room.ID))
	d, status := data{View: "room"}, http.StatusOK
	switch code := chat.CodeOf(err); {
	case code == "":
	case code == chat.WrongPassword:
		d.View = "gate"
	case waits(code) && acceptsHTML(r):
		status = wire.Status(code)
	default:
		return s.toLobby(w, r, err)
	}
	shown := wire.RoomOf(room, v.ID)
	d.Room, d.shown = &shown, room
	s.show(w, r, status, v, d)
	return nil
}

// waits tells whether a room's page goes on by itself once what it is refused for has passed.
func waits(code chat.Code) bool {
	return code == chat.RoomFull || code == chat.DoorLocked || code == chat.ProofNeeded
}

// enterByLink takes the password out of the address, where old clients put it: it becomes a grant,
// and the browser goes on to the address without it.
func (s *site) enterByLink(w http.ResponseWriter, r *http.Request, v visitor, room chat.Room, password string) error {
	grant, err := s.house.Enter(r.Context(), v.Visitor, room.ID, password)
	s.keepGrant(w, r, room.ID, grant)
	if err != nil && !(waits(chat.CodeOf(err)) && acceptsHTML(r)) {
		w.Header().Set("Cache-Control", "no-store")
		return s.toLobby(w, r, err)
	}
	seeOther(w, wire.RoomURL(room)) // whose page waits
	return nil
}

// toLobby sends a browser to the lobby with the code of err. Others, and errors of ours, get err.
func (s *site) toLobby(w http.ResponseWriter, r *http.Request, err error) error {
	code := chat.CodeOf(err)
	if !acceptsHTML(r) || !slices.Contains(told, code) {
		return err
	}
	seeOther(w, "/?e="+strings.ToLower(string(code)))
	return nil
}
