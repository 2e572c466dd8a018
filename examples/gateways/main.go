// Gateways: two structs of handlers, each mounted on its namespace, one injected into the other.
// The same gateways answer on a second port.
//
//	go run ./examples/gateways
package main

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/madang-chat/madang/socketio"
)

//go:embed public
var files embed.FS

func main() {
	db, err := openDatabase(filepath.Join(cmp.Or(os.Getenv("DATA"), "data/gateways"), "gateways.db"))
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	io := socketio.New(socketio.Options{ClientFiles: clientFiles(), AllowRequest: sameHost})

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
	err = serve(mux, "3000", func(ctx context.Context) error {
		return errors.Join(io.Shutdown(ctx), second.Shutdown(ctx))
	})
	if err != nil {
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
	listener, err := net.Listen("tcp", ":"+cmp.Or(os.Getenv("GATEWAY_PORT"), port))
	if err != nil {
		return nil, err
	}
	fmt.Printf("Gateways also on port %d\n", listener.Addr().(*net.TCPAddr).Port)
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go server.Serve(listener) // ends with Close
	return server, nil
}

// webSocketOnly is the option of the second port: what { transports: ["websocket"] } is to a
// gateway.
func webSocketOnly(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("transport") != "websocket" {
			http.Error(w, "this port speaks WebSocket only", http.StatusBadRequest)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// clientFiles is the folder of the official client that CLIENT names, such as
// node_modules/socket.io-client/dist. Without one, pages are led to the client's CDN.
func clientFiles() fs.FS {
	if folder := os.Getenv("CLIENT"); folder != "" {
		return os.DirFS(folder)
	}
	return nil
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
