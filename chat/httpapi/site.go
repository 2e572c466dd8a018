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

	"github.com/madang-chat/madang/chat"
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
	// Origins are further origins, "https://example.org", whose pages may send unsafe requests.
	Origins []string
	// Ready tells whether requests can be served; its error makes /readyz answer 503. nil = always.
	Ready func(context.Context) error
	// Logger gets a line per request, and errors that no visitor sees. nil = slog.Default().
	Logger *slog.Logger
}

// site answers requests. Its fields don't change.
type site struct {
	house  *chat.House
	files  Files
	page   *page // nil = not built
	assets map[string]asset
	ready  func(context.Context) error
	log    *slog.Logger
}

// New makes the handler of the whole site. It fails when Web isn't our page or an origin is none.
func New(o Options) (http.Handler, error) {
	s := &site{house: o.House, files: o.Files, ready: o.Ready, log: cmp.Or(o.Logger, slog.Default())}
	if o.Web != nil {
		var err error
		if s.page, err = readPage(o.Web); err != nil {
			return nil, fmt.Errorf("read page: %w", err)
		}
		if s.assets, err = readAssets(o.Web); err != nil {
			return nil, fmt.Errorf("read assets: %w", err)
		}
	}

	guard := http.NewCrossOriginProtection()
	for _, origin := range o.Origins {
		if err := guard.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("trust origin: %w", err)
		}
	}
	guard.SetDenyHandler(s.answer(func(http.ResponseWriter, *http.Request) error {
		return chat.Fail(chat.BadOrigin, "this request comes from another site")
	}))

	socket := o.Socket
	if socket == nil {
		socket = s.answer(func(http.ResponseWriter, *http.Request) error {
			return chat.Fail(chat.Unavailable, "there are no sockets here")
		})
	}
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", socket)
	mux.Handle("/", s.logged(paced(secured(guard.Handler(s.routes())))))
	return mux, nil
}

func (s *site) routes() http.Handler {
	mux := http.NewServeMux()
	for pattern, h := range map[string]handler{
		"GET /{$}":                s.lobby,
		"GET /room":               s.create,
		"GET /room/{id}":          s.room,
		"GET /r/{id}":             s.room,
		"POST /room":              s.postRoom,
		"POST /room/{id}/enter":   s.postEnter,
		"POST /room/{id}/chat":    s.postChat,
		"POST /room/{id}/gif":     s.postImage,
		"GET /room/{id}/messages": s.messages,
		"DELETE /room/{id}":       s.deleteRoom,
		"GET /gif/{name}":         s.image,
		"POST /lang":              s.postLang,
		"POST /theme":             s.postTheme,
		"GET /healthz":            s.healthz,
		"GET /readyz":             s.readyz,
		"/":                       s.other,
	} {
		mux.Handle(pattern, s.answer(h))
	}
	return mux
}

// other serves the page's assets; everything else doesn't exist.
func (s *site) other(w http.ResponseWriter, r *http.Request) error {
	if a, ok := s.assets[r.URL.Path]; ok && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		a.serve(w, r)
		return nil
	}
	return chat.Fail(chat.NotFound, "there is nothing at this address")
}

func (s *site) healthz(w http.ResponseWriter, r *http.Request) error {
	plain(w, "ok")
	return nil
}

func (s *site) readyz(w http.ResponseWriter, r *http.Request) error {
	if s.ready != nil {
		if err := s.ready(r.Context()); err != nil {
			return &chat.Error{Code: chat.Unavailable, Message: "not ready", Retryable: true, Err: err}
		}
	}
	plain(w, "ok")
	return nil
}
