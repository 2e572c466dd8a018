package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/coder/websocket"
)

// writeTimeout is how long a client may take to accept one message.
const writeTimeout = 10 * time.Second

// webSocket feeds one client and logs what it answers, until it leaves or the program ends.
// Accept refuses pages of other hosts.
func (s *server) webSocket(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		log.Print(err) // Accept has answered the request
		return
	}
	defer conn.CloseNow()
	ip := s.address(r)
	fmt.Println("새로운 클라이언트 접속", ip)
	defer fmt.Println("클라이언트 접속 해제", ip)

	ctx, stop := context.WithCancel(s.ctx)
	fed := make(chan struct{})
	go func() { // ends with ctx, or with the first message that can't be sent
		defer close(fed)
		feed(ctx, func() error {
			limited, cancel := context.WithTimeout(ctx, writeTimeout)
			defer cancel()
			return conn.Write(limited, websocket.MessageText, []byte(text)) // an error closes conn
		})
	}()
	err = read(ctx, conn)
	stop()
	<-fed
	if websocket.CloseStatus(err) == -1 && s.ctx.Err() == nil {
		log.Print(err)
	}
}

// read logs the client's answers. A message may have 32 KiB.
func read(ctx context.Context, conn *websocket.Conn) error {
	for {
		_, message, err := conn.Read(ctx)
		if err != nil {
			return fmt.Errorf("read: %w", err)
		}
		fmt.Println(string(message))
	}
}
