package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// serve answers on the port of the environment variable PORT, or else on the given one, until
// Ctrl+C or SIGTERM. Then end closes what Shutdown doesn't know or would wait for, such as sockets,
// and running requests get their answers.
func serve(h http.Handler, port string, end func(context.Context) error) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	listener, err := net.Listen("tcp", ":"+cmp.Or(os.Getenv("PORT"), port))
	if err != nil {
		return err
	}
	fmt.Printf("Open http://localhost:%d\n", listener.Addr().(*net.TCPAddr).Port)
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go server.Serve(listener) // ends with Shutdown

	<-ctx.Done()
	patience, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	if err := errors.Join(end(patience), server.Shutdown(patience)); err != nil {
		log.Print("not all has ended well: ", err)
	}
	return nil
}
