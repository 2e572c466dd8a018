package control

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"
)

// Server answers the operator's commands. Its methods are safe from any goroutine.
type Server struct {
	http http.Server
	path string
	busy sync.RWMutex   // held for reading by requests
	work sync.WaitGroup // the goroutine that accepts them
}

// Serve opens the door of the data folder dir and answers by routes until Shutdown. The caller has
// the folder's lock meanwhile, so that a socket that is there belongs to a process that has died.
// Version is told to clients that ask for a route that there isn't.
func Serve(dir, version string, routes *http.ServeMux, log *slog.Logger) (*Server, error) {
	path, err := filepath.Abs(filepath.Join(dir, Socket))
	if err != nil {
		return nil, fmt.Errorf("open control socket: %w", err)
	}
	l, err := listen(dir, path)
	if err != nil {
		return nil, fmt.Errorf("open control socket: %w", err)
	}
	s := &Server{path: path}
	s.http = http.Server{
		Handler:           s.counted(known(version, routes)),
		ReadHeaderTimeout: patience,
		IdleTimeout:       patience,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	s.work.Go(func() { s.http.Serve(l) })
	return s, nil
}

func listen(dir, path string) (l *net.UnixListener, err error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	err = within(dir, func(path string) error {
		var err error
		l, err = net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
		return err
	})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false) // the name that it knows may be that of something else by then
	if runtime.GOOS == "windows" {
		return l, nil
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close(), os.Remove(path))
	}
	return l, nil
}

// patience is that of servers.
var patience = Patience

// bodyMost is more than any command says.
const bodyMost = 64 << 10

// counted lets Shutdown wait for requests, and cuts off who doesn't say all of one, or doesn't take
// the answer.
func (s *Server) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.busy.RLock()
		defer s.busy.RUnlock()
		conn := http.NewResponseController(w)
		conn.SetReadDeadline(time.Now().Add(patience))
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyMost))
		if err != nil {
			http.Error(w, "the command can't be read", http.StatusBadRequest)
			return
		}
		// A deadline that passes later would end the request's context.
		conn.SetReadDeadline(time.Time{})
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(&paced{ResponseWriter: w, conn: conn}, r)
	})
}

// paced gives each write its own time.
type paced struct {
	http.ResponseWriter
	conn *http.ResponseController
}

func (p *paced) Write(b []byte) (int, error) {
	p.conn.SetWriteDeadline(time.Now().Add(patience))
	return p.ResponseWriter.Write(b)
}

func (p *paced) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// known refuses what there is no route for in a way that the client can tell from a route's answer.
func known(version string, routes *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(versionHeader, version)
		if _, pattern := routes.Handler(r); pattern == "" {
			http.Error(w, "there is no such command", http.StatusNotImplemented)
			return
		}
		routes.ServeHTTP(w, r)
	})
}

// Shutdown closes the door: requests under way have until ctx ends. It takes the socket away.
func (s *Server) Shutdown(ctx context.Context) error {
	if s.http.Shutdown(ctx) != nil {
		s.http.Close() // which ends the contexts of the requests
	}
	s.work.Wait()
	idle := make(chan struct{})
	go func() {
		s.busy.Lock()
		defer s.busy.Unlock()
		close(idle)
	}()
	select {
	case <-idle:
	case <-time.After(time.Second): // a disk that hangs may hold them for ever
	}
	if err := os.Remove(s.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove control socket: %w", err)
	}
	return nil
}
