package main

import (
	"context"
	"net/http"
	"strings"
	"sync"

	"github.com/madang-chat/madang/socketio"
)

// handshakes is for what a client can be told about its handshake. Three servers: the usual one,
// without trailing slash too; one on another path; one that offers polling alone.
func handshakes() (http.Handler, func() error) {
	var (
		arrived arrivals
		ends    reasons
		servers []*socketio.Server
	)
	mux := http.NewServeMux()
	for _, path := range []string{"/socket.io/", "/live/chat/", "/polling/"} {
		o := options(25000, 20000, 0)
		o.Path, o.NoTrailingSlash = path, true
		o.Cookie = &http.Cookie{Name: "io"}
		if path == "/polling/" {
			o.Transports = []string{"polling"}
		}
		o.Middleware = []func(http.Handler) http.Handler{arrived.note}
		io := socketio.New(o)
		main := io.Of("/")
		main.Mount(&ends)
		arrived.tell(main)
		servers = append(servers, io)
		mux.Handle(path, io)
		mux.Handle(strings.TrimSuffix(path, "/"), io)
	}
	return mux, func() error {
		for _, io := range servers {
			io.Close()
		}
		return nil
	}
}

// An arrival is one request.
type arrival struct {
	Method    string              `json:"method"`
	Path      string              `json:"path"`
	Query     map[string][]string `json:"query"`
	Header    map[string][]string `json:"header"`
	WebSocket bool                `json:"websocket"`
}

// arrivals remembers the requests by the parameter check.
type arrivals struct {
	mu      sync.Mutex
	byCheck map[string][]arrival // guarded by mu
	asked   map[string]int       // guarded by mu
}

func (a *arrivals) note(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		a.mu.Lock()
		if a.byCheck == nil {
			a.byCheck, a.asked = make(map[string][]arrival), make(map[string]int)
		}
		check := query.Get("check")
		a.byCheck[check] = append(a.byCheck[check], arrival{r.Method, r.URL.Path, query, r.Header.Clone(), r.Header.Get("Upgrade") != ""})
		a.mu.Unlock()
		next.ServeHTTP(w, r)
	})
}

func (a *arrivals) tell(ns *socketio.Namespace) {
	socketio.OnCall(ns, "arrived", func(_ context.Context, _ *socketio.Socket, check string) ([]arrival, error) {
		a.mu.Lock()
		defer a.mu.Unlock()
		return a.byCheck[check], nil
	})
	// The first question with a name gets no answer.
	count := func(name string) int {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.asked[name]++
		return a.asked[name]
	}
	slowly := func(_ context.Context, s *socketio.Socket, name string) (int, error) {
		n := count(name)
		if n == 1 {
			<-s.Context().Done()
		}
		return n, nil
	}
	for _, event := range []string{"slowly", "retried"} {
		socketio.NewCall[string, int](event).Concurrent().Handle(ns, slowly)
	}
}
