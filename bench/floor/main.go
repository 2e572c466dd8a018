// Command floor is what net/http alone takes for an echo over long-polling: a handler for the GET
// that waits and the POST that asks, of the load generator of bench and of nobody else. What a
// server behind http.Handler does beside this is its own. It prints "ready <port>".
package main

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
)

// sessions are channels for answers, by their ids.
var sessions sync.Map

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:"+cmp.Or(os.Getenv("PORT"), "0"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("ready", l.Addr().(*net.TCPAddr).Port)
	log.Fatal(http.Serve(l, http.HandlerFunc(serve)))
}

func serve(w http.ResponseWriter, r *http.Request) {
	_, sid, known := strings.Cut(r.URL.RawQuery, "&sid=")
	if !known {
		sid = rand.Text()
		sessions.Store(sid, make(chan []byte, 1))
		answer(w, fmt.Appendf(nil, `0{"sid":%q,"upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`, sid))
		return
	}
	session, ok := sessions.Load(sid)
	if !ok {
		http.Error(w, "no such session", http.StatusBadRequest)
		return
	}
	answers := session.(chan []byte)
	if r.Method == http.MethodGet {
		select {
		case text := <-answers:
			answer(w, text)
		case <-r.Context().Done():
		}
		return
	}
	body := make([]byte, r.ContentLength)
	if _, err := io.ReadFull(r.Body, body); err != nil {
		return
	}
	if id, value, asked := bytes.Cut(body, []byte(`["echo",`)); asked {
		id[1]++ // 42 asks, 43 answers
		answers <- append(append(id, '['), value...)
	} else {
		answers <- []byte(`40{"sid":"floor"}`)
	}
	answer(w, []byte("ok"))
}

func answer(w http.ResponseWriter, text []byte) {
	w.Header()["Content-Type"] = []string{"text/plain; charset=UTF-8"}
	w.Write(text)
}
