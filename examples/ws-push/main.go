// Ws-push: a server that speaks first, every three seconds, over a plain WebSocket and, beside it,
// as Server-Sent Events.
//
//	go run ./examples/ws-push
package main

import (
	"context"
	"embed"
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/madang-chat/madang/engineio"
)

const (
	text     = "서버에서 클라이언트로 메세지를 보냅니다."
	interval = 3 * time.Second
)

//go:embed page.html
var files embed.FS

func main() {
	address := engineio.TrustProxies(strings.Split(os.Getenv("TRUSTED_PROXIES"), ",")...)
	ctx, end := context.WithCancel(context.Background())
	err := serve(newServer(ctx, address), "8005", func(context.Context) error {
		end() // a WebSocket is no request any more that Shutdown would know
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
}

// newServer answers / with the page or, when asked for a WebSocket, with the feed; /events has the
// same feed for an EventSource.
func newServer(ctx context.Context, address func(*http.Request) string) http.Handler {
	s := &server{ctx: ctx, address: address}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			http.ServeFileFS(w, r, files, "page.html")
			return
		}
		s.webSocket(w, r)
	})
	mux.HandleFunc("GET /events", s.events)
	return mux
}

// A server knows what all of its clients share. It never changes.
type server struct {
	ctx     context.Context            // ends with the program
	address func(*http.Request) string // of the client, also behind a proxy
}

// feed sends the text every three seconds, the first after three, until ctx ends or send fails.
// Each client has a feed, and so a timer, of its own.
func feed(ctx context.Context, send func() error) error {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
			if err := send(); err != nil {
				return err
			}
		}
	}
}
