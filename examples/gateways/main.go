// Gateways: two structs of handlers, each mounted on its namespace, one injected into the other.
// The same gateways answer on a second port.
//
//	go run ./examples/gateways
package main

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/madang-chat/madang/examples/internal/serve"
	"github.com/madang-chat/madang/examples/internal/sqlite"
	"github.com/madang-chat/madang/internal/clientfiles"
	"github.com/madang-chat/madang/socketio"
)

//go:embed public
var files embed.FS

func main() {
	db, err := sqlite.Open(filepath.Join(serve.DataFolder("gateways"), "gateways.db"), schema)
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	official, _ := clientfiles.FS()
	io := socketio.New(socketio.Options{ClientFiles: official, AllowRequest: sameHost})

	chat := &ChatGateway{ns: io.Of("/chat")}
	room := &RoomGateway{ns: io.Of("/room"), chat: chat}
	if room.list, err = NewList(context.Background(), db, room.ns); err != nil {
		log.Fatal(err)
	}
	io.Of("/chat").Mount(chat)
	io.Of("/room").Mount(room)

	mux := http.NewServeMux()
	mux.Handle("/socket.io/", io)
	public, _ := fs.Sub(files, "public")
	mux.Handle("/", http.FileServerFS(public))

	second, err := onSecondPort(webSocketOnly(io))
	if err != nil {
		log.Fatal(err)
	}
	if err := serve.Run(mux, "3000", io, second); err != nil {
		log.Fatal(err)
	}
}

// onSecondPort serves h on GATEWAY_PORT, 3001 if it isn't set, until the server that it returns is
// closed. When PORT was chosen and GATEWAY_PORT was not, any free port will do.
func onSecondPort(h http.Handler) (*http.Server, error) {
	port := "3001"
	if os.Getenv("PORT") != "" {
		port = "0"
	}
	listener, err := serve.Listen("GATEWAY_PORT", port)
	if err != nil {
		return nil, err
	}
	fmt.Printf("Gateways also on port %d\n", listener.Addr().(*net.TCPAddr).Port)
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go server.Serve(listener) // ends with Close
	return server, nil
}

// webSocketOnly is the option of the second port: what { transports: ["websocket"] } is to a gateway.
func webSocketOnly(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("transport") != "websocket" {
			http.Error(w, "this port speaks WebSocket only", http.StatusBadRequest)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// sameHost admits programs and pages of this host, whichever of its ports they come from.
func sameHost(r *http.Request) error {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return nil
	}
	page, err := url.Parse(origin)
	asked := url.URL{Host: r.Host}
	if err != nil || page.Hostname() == "" || page.Hostname() != asked.Hostname() {
		return fmt.Errorf("pages of %q may not connect", origin)
	}
	return nil
}
