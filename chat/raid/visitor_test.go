package raid

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
)

// visitor comes from one address and may have a session. Any goroutine may use it.
type visitor struct {
	server string // host:port
	dialer *net.Dialer
	client *http.Client

	mu     sync.Mutex
	cookie string // guarded by mu
}

func newVisitor(server, from string) *visitor {
	v := &visitor{server: server, dialer: &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}}
	v.client = &http.Client{
		Transport:     &http.Transport{DialContext: v.dialer.DialContext, MaxIdleConnsPerHost: 16},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return v
}

// stranger is another one at the same address.
func (v *visitor) stranger() *visitor {
	return &visitor{server: v.server, dialer: v.dialer, client: v.client}
}

// leave lets the connections of all strangers at the address go.
func (v *visitor) leave() { v.client.CloseIdleConnections() }

// refusal is an answer that isn't 2xx, or the end of the connection instead of one.
type refusal struct {
	status int // 0 = none
	code   string
	after  int64 // retryAfterMs
	err    error
}

func (r *refusal) Error() string {
	return strings.TrimSpace(fmt.Sprintf("%d %s %v", r.status, r.code, r.err))
}

// outcome names how something ended, for the table.
func outcome(err error) string {
	r, ok := errors.AsType[*refusal](err)
	switch {
	case err == nil:
		return "ok"
	case !ok:
		return "cut"
	case r.code != "":
		return r.code
	case r.status != 0:
		return fmt.Sprint(r.status)
	}
	return "cut"
}

type failure struct {
	OK    bool
	Error struct {
		Code         string
		RetryAfterMs int64
	}
}

// do sends a request and reads the answer, whose JSON goes to into unless that is nil.
func (v *visitor) do(ctx context.Context, method, path, kind string, body io.Reader, into any) error {
	r, err := http.NewRequestWithContext(ctx, method, "http://"+v.server+path, body)
	if err != nil {
		return err
	}
	v.dress(r.Header)
	r.Header.Set("Accept", "application/json")
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	response, err := v.client.Do(r)
	if err != nil {
		return &refusal{err: err}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return &refusal{err: err}
	}
	v.keep(response)
	if response.StatusCode >= 300 {
		var f failure
		_ = json.Unmarshal(text, &f) // it may not be JSON
		return &refusal{response.StatusCode, f.Error.Code, f.Error.RetryAfterMs, nil}
	}
	if plain, ok := into.(*rawText); ok {
		*plain = rawText(text)
	} else if into != nil {
		return json.Unmarshal(text, into)
	}
	return nil
}

// rawText takes an answer that isn't JSON.
type rawText string

func (v *visitor) get(ctx context.Context, path string, into any) error {
	return v.do(ctx, "GET", path, "", nil, into)
}

func (v *visitor) post(ctx context.Context, path, body string, into any) error {
	return v.do(ctx, "POST", path, "application/json", strings.NewReader(body), into)
}

// arrive gets a session.
func (v *visitor) arrive(ctx context.Context) error {
	if err := v.get(ctx, "/", nil); err != nil {
		return err
	}
	if v.token() == "" {
		return errors.New("no session")
	}
	return nil
}

// open makes a room.
func (v *visitor) open(ctx context.Context, title, password string, most int) (id string, err error) {
	body, _ := json.Marshal(map[string]any{"title": title, "password": password, "max": most})
	var reply struct {
		Room struct {
			ID string `json:"_id"`
		}
	}
	err = v.post(ctx, "/room", string(body), &reply)
	return reply.Room.ID, err
}

// upload sends a picture; the reply tells its name.
func (v *visitor) upload(ctx context.Context, room string, picture []byte) (name string, err error) {
	head, tail := form()
	body := io.MultiReader(strings.NewReader(head), bytes.NewReader(picture), strings.NewReader(tail))
	var reply struct{ GIF string }
	err = v.do(ctx, "POST", "/room/"+room+"/gif", multipartType, body, &reply)
	return reply.GIF, err
}

const multipartType = "multipart/form-data; boundary=raid"

// form is what stands before and behind a picture.
func form() (head, tail string) {
	return "--raid\r\nContent-Disposition: form-data; name=\"gif\"; filename=\"a.png\"\r\n\r\n", "\r\n--raid--\r\n"
}

// dress puts the session and the origin of a page into a header.
func (v *visitor) dress(h http.Header) {
	if token := v.token(); token != "" {
		h.Set("Cookie", "sid="+token)
		h.Set("Origin", "http://"+v.server)
	}
}

func (v *visitor) keep(r *http.Response) {
	for _, c := range r.Cookies() {
		if c.Name == "sid" {
			v.mu.Lock()
			v.cookie = c.Value
			v.mu.Unlock()
		}
	}
}

func (v *visitor) token() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.cookie
}

// raw is a bare connection that ends with the context.
func (v *visitor) raw(ctx context.Context) (conn *net.TCPConn, done func(), err error) {
	c, err := v.dialer.DialContext(ctx, "tcp", v.server)
	if err != nil {
		return nil, nil, err
	}
	stop := context.AfterFunc(ctx, func() { c.Close() })
	return c.(*net.TCPConn), func() { stop(); c.Close() }, nil
}

// head is the beginning of a request by hand; an empty line ends it.
func (v *visitor) head(method, path string, lines ...string) string {
	lines = append([]string{method + " " + path + " HTTP/1.1", "Host: " + v.server, "Origin: http://" + v.server,
		"Cookie: sid=" + v.token()}, lines...)
	return strings.Join(lines, "\r\n") + "\r\n"
}
