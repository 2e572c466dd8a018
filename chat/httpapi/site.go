package httpapi

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"strings"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/cookie"
	"github.com/madang-chat/madang/chat/internal/trace"
)

// Files keeps uploaded images. *media.Files is one.
type Files interface {
	// Save checks an image by its structure and stores it.
	Save(r io.Reader) (chat.Media, error)
	Open(name string) (*os.File, error)
	Remove(name string) error
}

// Options of [New].
type Options struct {
	House *chat.House // required
	Files Files       // required

	// Web is the built page: index.html and its assets. nil = it isn't built: pages answer 503.
	Web fs.FS
	// Socket answers everything below /socket.io/ and checks origins itself. nil = 503.
	Socket http.Handler
	// Hosts are the names that the site is served under, "chat.example.org" or with a port; all
	// other requests are answered 421, but for those after the server's health. None = all names.
	Hosts []string
	// Origins are further origins, "https://example.org", whose pages may send unsafe requests.
	Origins []string
	// Ready tells whether requests can be served; its error makes /readyz answer 503. It isn't
	// asked more than once a second, nor by two at once, and has two seconds. nil = always.
	Ready func(context.Context) error
	// Ending is closed when the server ends: /readyz answers 503 from that moment. nil = never.
	Ending <-chan struct{}
	// Logger gets a line per request, at level Debug those of the page's files, and errors that no
	// visitor sees. nil = slog.Default().
	Logger *slog.Logger

	Observer *Observer // for metrics
}

// site answers requests. Its fields don't change.
type site struct {
	house   *chat.House
	files   Files
	page    *page // nil = not built
	assets  map[string]asset
	names   []name          // none = all
	friends map[string]bool // origins whose pages are welcome
	ready   *pulse          // nil = always
	ending  <-chan struct{} // nil = never
	log     *slog.Logger

	observer Observer

	lines     budget
	warnings  budget
	strangers budget // requests for other names
}

// Check refuses hosts and origins that are none.
func Check(hosts, origins []string) error {
	if _, err := readNames(hosts); err != nil {
		return err
	}
	_, err := guardFor(origins)
	return err
}

// guardFor refuses the posts of other sites' pages, except of these origins.
func guardFor(origins []string) (*http.CrossOriginProtection, error) {
	guard := http.NewCrossOriginProtection()
	for _, text := range origins {
		if guard.AddTrustedOrigin(text) != nil {
			return nil, fmt.Errorf("origin %q is none: write it as https://example.org or http://localhost:3000", text)
		}
	}
	return guard, nil
}

// New makes the handler of the whole site. It fails when Web isn't our page, or when a host or an
// origin is none.
func New(o Options) (http.Handler, error) {
	s := &site{house: o.House, files: o.Files, assets: map[string]asset{}, friends: map[string]bool{}, ending: o.Ending,
		log:   slog.New(trace.Handler(cmp.Or(o.Logger, slog.Default()).Handler())),
		lines: budget{most: linesMost}, warnings: budget{most: warnsMost}, strangers: budget{most: strangersMost}}
	if o.Ready != nil {
		s.ready = &pulse{ask: o.Ready, log: s.log}
	}
	if o.Observer != nil {
		s.observer = *o.Observer
	}
	var err error
	if s.names, err = readNames(o.Hosts); err != nil {
		return nil, err
	}
	guard, err := guardFor(o.Origins)
	if err != nil {
		return nil, err
	}
	for _, origin := range o.Origins {
		s.friends[strings.ToLower(origin)] = true
	}
	guard.SetDenyHandler(s.answer(foreign))
	if o.Web != nil {
		if s.page, err = readPage(o.Web); err != nil {
			return nil, fmt.Errorf("read page: %w", err)
		}
		if s.assets, err = readAssets(o.Web); err != nil {
			return nil, fmt.Errorf("read assets: %w", err)
		}
	}

	shown := newAsset("about.png", picture)
	shown.shared = true
	s.assets[pictureURL] = shown
	s.assets["/robots.txt"] = newAsset("robots.txt", []byte(robots))

	socket := o.Socket
	if socket == nil {
		socket = s.answer(func(http.ResponseWriter, *http.Request) error {
			return chat.Fail(chat.Unavailable, "there are no sockets here")
		})
	}
	return paced(s.logged(s.secured(s.named(s.routes(guard, socket))))), nil
}

const socketPath = "/socket.io/"

// isSocket tells whether a request is the socket's, whose connection others leave alone.
func isSocket(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, socketPath) }

// routes are those of the sockets, which check origins and lockouts by themselves, and all others.
func (s *site) routes(guard *http.CrossOriginProtection, socket http.Handler) http.Handler {
	mux := http.NewServeMux()
	for pattern, h := range map[string]handler{
		"GET /{$}":                s.lobby,
		"GET /room":               s.create,
		"GET /room/{id}":          s.room,
		"GET /r/{name}":           s.roomByName,
		"POST /room":              s.postRoom,
		"POST /room/{id}/enter":   s.postEnter,
		"POST /room/{id}/chat":    s.postChat,
		"POST /room/{id}/gif":     s.postImages,
		"GET /room/{id}/messages": s.messages,
		"GET /room/{id}/search":   s.search,
		"GET /room/{id}/export":   s.export,
		"DELETE /room/{id}":       s.deleteRoom,
		"GET /api/v1/me":          s.getMe,
		"PATCH /api/v1/me":        s.patchMe,
		"GET /api/v1/me/pictures": s.getAllowance,
		"PUT /api/v1/me/tag":      s.putTag,
		"GET /api/v1/me/devices":  s.getDevices,
		"POST /api/v1/me/link":    s.postLink,
		"POST /api/v1/me/forget":  s.postForget,
		"POST /api/v1/link":       s.postTakeLink,
		"GET /link":               s.link,

		"DELETE /api/v1/me/devices/{id}": s.deleteDevice,
		"PATCH /room/{id}":               s.patchRoom,
		"POST /lang":                     s.postLang,
		"POST /theme":                    s.postTheme,

		"DELETE /room/{id}/messages/{seq}": s.deleteMessage,
		"POST /room/{id}/kick":             s.postKick,
		"POST /room/{id}/ban":              s.postBan,
		"POST /room/{id}/transfer":         s.postTransfer,
	} {
		mux.Handle(pattern, s.answer(s.counted(1, s.unlessLockedOut(h))))
	}
	mux.Handle("GET /gif/{name}", s.answer(s.counted(imageWeight, s.unlessLockedOut(s.image))))
	mux.Handle("GET /healthz", s.answer(s.healthz))
	mux.Handle("GET /readyz", s.answer(s.readyz))
	mux.Handle("/", s.answer(s.other))

	guarded := guard.Handler(s.sameSite(s.unembedded(mux)))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isSocket(r) {
			socket.ServeHTTP(w, r)
		} else {
			guarded.ServeHTTP(w, r)
		}
	})
}

func foreign(http.ResponseWriter, *http.Request) error {
	return chat.Fail(chat.BadOrigin, "this request comes from another site")
}

// sameSite refuses to do anything with the session of a browser that doesn't say where its request
// comes from. Programs have a session when they want one, and can say it too.
func (s *site) sameSite(next http.Handler) http.Handler {
	deny := s.answer(foreign)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		safe := r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions
		silent := r.Header.Get("Origin") == "" && r.Header.Get("Sec-Fetch-Site") == ""
		if !safe && silent && len(cookie.Sessions(r)) > 0 {
			deny.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// imageWeight is what an image counts as: a room may show dozens at once, to a whole class.
const imageWeight = 0.2

// counted refuses an address that asks too much, before anything is looked up.
func (s *site) counted(weight float64, h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := s.house.Ask(askerOf(r).From, weight); err != nil {
			return err
		}
		return h(w, r)
	}
}

// other serves the page's assets, which also show why a visitor is locked out; everything else
// doesn't exist.
func (s *site) other(w http.ResponseWriter, r *http.Request) error {
	if a, ok := s.assets[r.URL.Path]; ok && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		a.serve(w, r)
		return nil
	}
	return s.counted(1, s.unlessLockedOut(nothing))(w, r)
}

func nothing(http.ResponseWriter, *http.Request) error {
	return chat.Fail(chat.NotFound, "there is nothing at this address")
}

func (s *site) healthz(w http.ResponseWriter, r *http.Request) error {
	plain(w, "ok")
	return nil
}

func (s *site) readyz(w http.ResponseWriter, r *http.Request) error {
	select {
	case <-s.ending:
		return notReady()
	default:
	}
	if s.ready != nil {
		if err := s.ready.check(r.Context()); err != nil {
			return err
		}
	}
	plain(w, "ok")
	return nil
}
