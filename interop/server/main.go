// Command server offers fixed behaviours, so that protocol suites and clients that nobody here
// wrote can be pointed at them. MODE chooses which: suite, client, contract (the default),
// handshake or wsecho. Except in wsecho only the public API of the library is used.
//
// With BUS=redis, BUS_URL and NAME the server of contract is one of a cluster, and with
// ANY_SERVER=1 it takes the requests of all sessions.
//
// It prints "ready <port>" when it listens and ends on SIGTERM or an interrupt.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/madang-chat/madang/socketio"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	port := 3100
	var handler http.Handler
	var stop func() error
	switch mode := os.Getenv("MODE"); mode {
	case "suite":
		port = 3000
		handler, stop = suite()
	case "client":
		port = 3210
		handler, stop = client()
	case "contract", "":
		handler, stop = contract()
	case "handshake":
		handler, stop = handshakes()
	case "wsecho":
		handler = http.HandlerFunc(echo)
	default:
		return fmt.Errorf("MODE %q is none of suite, client, contract, handshake, wsecho", mode)
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	srv := &http.Server{Handler: handler}
	if err := serve(srv, number("PORT", port)); err != nil {
		return err
	}
	<-ctx.Done()
	if stop != nil {
		if err := stop(); err != nil {
			return err
		}
	}
	return srv.Close()
}

// serve listens on both loopback addresses, where there are two, at the same port.
func serve(srv *http.Server, port int) error {
	first, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return err
	}
	port = first.Addr().(*net.TCPAddr).Port
	listeners := []net.Listener{first}
	if second, err := net.Listen("tcp", net.JoinHostPort("::1", strconv.Itoa(port))); err == nil {
		listeners = append(listeners, second)
	}
	for _, l := range listeners {
		go func() {
			if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				log.Fatal(err)
			}
		}()
	}
	fmt.Println("ready", port)
	return nil
}

// options are those that the environment gives; the arguments are the mode's own defaults.
func options(interval, timeout int, eio3 int) socketio.Options {
	parser := socketio.ParserJSON
	switch os.Getenv("PARSER") {
	case "msgpack":
		parser = socketio.ParserMsgpack
	case "parts":
		parser = parts{}
	}
	return socketio.Options{
		Parser:         parser,
		PingInterval:   milliseconds("PING_INTERVAL", interval),
		PingTimeout:    milliseconds("PING_TIMEOUT", timeout),
		ConnectTimeout: milliseconds("CONNECT_TIMEOUT", 45000),
		UpgradeTimeout: milliseconds("UPGRADE_TIMEOUT", 10000),
		MaxPayload:     int64(number("MAX_PAYLOAD", 1_000_000)),
		AllowEIO3:      number("ALLOW_EIO3", eio3) == 1,
	}
}

func milliseconds(name string, otherwise int) time.Duration {
	return time.Duration(number(name, otherwise)) * time.Millisecond
}

func number(name string, otherwise int) int {
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		log.Fatalf("%s: %v", name, err)
	}
	return n
}
