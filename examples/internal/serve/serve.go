// Package serve runs the HTTP server of an example until the program is told to end.
//
// Nothing here keeps state; any goroutine may call it.
package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const (
	headerTimeout = 10 * time.Second // a client that sends no request doesn't hold a connection
	patience      = 3 * time.Second  // for the requests that are running when the program has to end
)

// Run serves h on the port of the environment variable PORT, defaultPort if it isn't set, and
// prints the address; port 0 takes a free one. On SIGINT or SIGTERM it closes the closers in
// their order, lets the running requests end, and returns nil.
//
// A socketio.Server belongs to the closers: its long polls are requests that would not end.
// What requests need, such as a database, is closed after Run.
func Run(h http.Handler, defaultPort string, closers ...io.Closer) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	listener, err := Listen("PORT", defaultPort)
	if err != nil {
		return err
	}
	fmt.Printf("Open http://localhost:%d\n", listener.Addr().(*net.TCPAddr).Port)
	return until(ctx, listener, h, closers)
}

func until(ctx context.Context, l net.Listener, h http.Handler, closers []io.Closer) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: headerTimeout}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }() // ends with Shutdown or Close
	select {
	case err := <-failed:
		return fmt.Errorf("serve on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	var errs []error
	for _, c := range closers {
		errs = append(errs, c.Close())
	}
	end, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := server.Shutdown(end); err != nil {
		errs = append(errs, server.Close())
	}
	<-failed
	return errors.Join(errs...)
}

// Listen opens the port that an environment variable names, defaultPort if it isn't set.
func Listen(variable, defaultPort string) (net.Listener, error) {
	port := os.Getenv(variable)
	if port == "" {
		port = defaultPort
	}
	listener, err := net.Listen("tcp", ":"+port)
	if err != nil {
		return nil, fmt.Errorf("listen on the port of %s: %w", variable, err)
	}
	return listener, nil
}

// File answers with a file that is part of the program.
func File(contentType string, body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Write(body)
	}
}
