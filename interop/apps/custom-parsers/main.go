// Custom-parsers is the server of the official example of that name: four servers on the ports
// after PORT, each with another form of its packets, and the page that speaks with all of them.
package main

import (
	"cmp"
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/madang-chat/madang/socketio"
)

func main() {
	port, err := strconv.Atoi(cmp.Or(os.Getenv("PORT"), "3000"))
	if err != nil {
		log.Fatal("PORT: ", err)
	}
	var texts []string
	var numbers []uint16
	var data []byte
	for i := range 1000 {
		texts = append(texts, strconv.Itoa(i))
		numbers = append(numbers, uint16(i))
		data = append(data, byte(i))
	}

	for i, parser := range []socketio.Parser{socketio.ParserJSON, socketio.ParserMsgpack, plain{}, packed{}} {
		io := socketio.New(socketio.Options{
			Parser: parser,
			CORS:   &socketio.CORS{Origins: []string{"http://localhost:3000"}},
		})
		ns := io.Of("/")
		ns.OnConnect(func(ctx context.Context, s *socketio.Socket) error {
			fmt.Println("connect", s.ID())
			time.AfterFunc(time.Duration(i+1)*time.Second, func() {
				s.Emit("string", texts)
				s.Emit("numeric", numbers)
				s.Emit("binary", data)
			})
			return nil
		})
		ns.OnDisconnect(func(s *socketio.Socket, why socketio.Reason) {
			fmt.Println("disconnect", s.ID())
		})
		go func() { log.Fatal(http.ListenAndServe(fmt.Sprintf(":%d", port+1+i), io)) }()
	}
	log.Fatal(http.ListenAndServe(fmt.Sprintf(":%d", port), http.FileServer(http.Dir("public"))))
}
