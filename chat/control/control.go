// Package control is the operator's door: HTTP on a Unix socket in the data folder, which nobody
// but the owner of the folder can open. The commands of the program are its clients. It has no
// other protection and needs none: who can open the socket can write the database too.
package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
)

// Socket is the name of the socket in the data folder.
const Socket = "control.sock"

// ErrNotRunning is what a call fails with when no server uses the data folder.
var ErrNotRunning = errors.New("no server is running")

// Listen opens the door of a data folder. The caller has the folder's lock, so that a socket that
// is there belongs to a process that has died.
func Listen(dir string) (net.Listener, error) {
	path := filepath.Join(dir, Socket)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("open control socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("open control socket: %w", err)
	}
	return l, nil
}

// Client calls the server that uses a data folder. It is safe for concurrent use.
type Client struct {
	dir  string
	http http.Client
}

// NewClient makes a client of the server that uses dir. It connects with the first call.
func NewClient(dir string) *Client {
	c := &Client{dir: dir}
	c.http.Transport = &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", filepath.Join(dir, Socket))
		},
		DisableKeepAlives: true,
	}
	return c
}

// Call sends in as JSON, nil = nothing, and reads the answer into out, nil = nowhere.
func (c *Client) Call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader = http.NoBody
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
		body = bytes.NewReader(data)
	}
	answer, err := c.do(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer answer.Close()
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(answer).Decode(out); err != nil {
		return fmt.Errorf("read answer of the server: %w", err)
	}
	return nil
}

// Get reads what the server has at path; the caller closes it.
func (c *Client) Get(ctx context.Context, path string) (io.ReadCloser, error) {
	return c.do(ctx, http.MethodGet, path, http.NoBody)
}

func (c *Client) do(ctx context.Context, method, path string, body io.Reader) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://madang"+path, body)
	if err != nil {
		return nil, fmt.Errorf("ask the server: %w", err)
	}
	res, err := c.http.Do(req)
	if err != nil {
		var dial *net.OpError
		if errors.As(err, &dial) && dial.Op == "dial" {
			return nil, fmt.Errorf("%w on the data folder %s: start it, or name another folder with --data", ErrNotRunning, c.dir)
		}
		return nil, fmt.Errorf("ask the server: %w", err)
	}
	if res.StatusCode >= 400 {
		defer res.Body.Close()
		text, _ := io.ReadAll(io.LimitReader(res.Body, 1000))
		return nil, errors.New(string(bytes.TrimSpace(text)))
	}
	return res.Body, nil
}
