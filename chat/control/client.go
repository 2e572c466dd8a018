package control

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"
)

// Client calls the server that uses a data folder. It is safe for concurrent use.
type Client struct {
	// Patience is how long the server may be silent; 0 = the package's Patience. It is for setting
	// up.
	Patience time.Duration

	dir  string
	http http.Client
}

// NewClient makes a client of the server that uses dir. It connects with each call.
func NewClient(dir string) *Client {
	c := &Client{dir: dir}
	c.http.Transport = &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (conn net.Conn, err error) {
			err = within(dir, func(path string) error {
				var d net.Dialer
				conn, err = d.DialContext(ctx, "unix", path)
				return err
			})
			if err != nil {
				return nil, &unreached{err}
			}
			return conn, nil
		},
		DisableKeepAlives: true,
	}
	return c
}

// unreached is the error of a connection that there wasn't.
type unreached struct{ error }

func (u *unreached) Unwrap() error { return u.error }

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
		return fmt.Errorf("read the server's answer: %w", err)
	}
	return nil
}

// Get reads what the server has at path; the caller closes it. An answer that the server doesn't
// finish ends with an error.
func (c *Client) Get(ctx context.Context, path string) (io.ReadCloser, error) {
	return c.do(ctx, http.MethodGet, path, http.NoBody)
}

// Post says something to the server and reads its answer as [Client.Get] does.
func (c *Client) Post(ctx context.Context, path string, in any) (io.ReadCloser, error) {
	data, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	return c.do(ctx, http.MethodPost, path, bytes.NewReader(data))
}

func (c *Client) do(ctx context.Context, method, path string, body io.Reader) (io.ReadCloser, error) {
	a := &answer{patience: cmp.Or(c.Patience, Patience)}
	a.ctx, a.cancel = context.WithCancelCause(ctx)
	req, err := http.NewRequestWithContext(a.ctx, method, "http://madang"+path, body)
	if err != nil {
		a.cancel(nil)
		return nil, fmt.Errorf("ask the server: %w", err)
	}
	stop := a.wait()
	res, err := c.http.Do(req)
	stop()
	if err != nil {
		err = c.why(a, err)
		a.cancel(nil)
		return nil, err
	}
	a.body, a.res = res.Body, res
	if res.StatusCode < 400 {
		return a, nil
	}
	defer a.Close()
	if res.StatusCode == http.StatusNotImplemented {
		return nil, fmt.Errorf("the running server, of version %s, doesn't know this command: run the program that it was started with, or restart it with this one",
			cmp.Or(res.Header.Get(versionHeader), "unknown"))
	}
	text, _ := io.ReadAll(io.LimitReader(a, 1000))
	return nil, &Refusal{Status: res.StatusCode, Text: cmp.Or(string(bytes.TrimSpace(text)), "the server answered "+res.Status)}
}

// Refusal is the answer of a server that didn't do what it was asked for.
type Refusal struct {
	Status int // of HTTP
	Text   string
}

func (r *Refusal) Error() string { return r.Text }

// why says what kept the server from answering.
func (c *Client) why(a *answer, err error) error {
	_, missing := errors.AsType[*unreached](err)
	switch {
	case a.ctx.Err() != nil:
		return context.Cause(a.ctx)
	case !missing:
		return errBroken
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("no permission to reach the server on the data folder %s: run this as the user who owns the folder, as by sudo -u madang madang …", c.dir)
	}
	if _, err := os.Stat(c.dir); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w on the data folder %s, which doesn't exist: name another one with --data", ErrNotRunning, c.dir)
	}
	return fmt.Errorf("%w on the data folder %s: start it, or name another folder with --data", ErrNotRunning, c.dir)
}

var errBroken = errors.New("the server ended before it had answered: nobody knows what became of the command")

// answer is the body of an answer. Its time runs only while somebody waits for it.
type answer struct {
	ctx      context.Context
	cancel   context.CancelCauseFunc
	patience time.Duration
	body     io.ReadCloser
	res      *http.Response
}

// wait ends the request unless stop is called soon.
func (a *answer) wait() (stop func()) {
	timer := time.AfterFunc(a.patience, func() {
		a.cancel(fmt.Errorf("the server has been silent for %v: it is very busy, or it hangs", a.patience))
	})
	return func() { timer.Stop() }
}

func (a *answer) Read(p []byte) (int, error) {
	stop := a.wait()
	n, err := a.body.Read(p)
	stop()
	switch {
	case err == io.EOF && a.res.Trailer.Get(errorTrailer) != "":
		text, err := url.QueryUnescape(a.res.Trailer.Get(errorTrailer))
		return n, cmp.Or(err, errors.New(text))
	case err == nil || err == io.EOF:
		return n, err
	case a.ctx.Err() != nil:
		return n, context.Cause(a.ctx)
	}
	return n, errBroken
}

func (a *answer) Close() error {
	a.cancel(nil)
	return a.body.Close()
}
