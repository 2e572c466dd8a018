package hosting

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

// visitor is somebody with a browser.
type visitor struct {
	t    *testing.T
	base string
	http http.Client
	conn *websocket.Conn // in /chat; nil = none yet
	id   int
}

func newVisitor(t *testing.T, base string) *visitor {
	jar, _ := cookiejar.New(nil)
	v := &visitor{t: t, base: base}
	v.http = http.Client{Jar: jar, Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	return v
}

// do sends a request as the page does; out is nil, or gets the JSON of the answer.
func (v *visitor) do(method, path, kind string, body io.Reader, out any) (status int) {
	v.t.Helper()
	q, err := http.NewRequestWithContext(v.t.Context(), method, v.base+path, body)
	if err != nil {
		v.t.Fatal(err)
	}
	q.Header.Set("Origin", v.base)
	q.Header.Set("Accept", "application/json")
	if kind != "" {
		q.Header.Set("Content-Type", kind)
	}
	a, err := v.http.Do(q)
	if err != nil {
		v.t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err == nil && out != nil {
		err = json.Unmarshal(text, out)
	}
	if err != nil {
		v.t.Fatalf("%s %s: %v: %s", method, path, err, text)
	}
	return a.StatusCode
}

// open opens a room, which also makes the visitor known.
func (v *visitor) open(title string) (room string) {
	v.t.Helper()
	var made struct{ URL string }
	v.do("POST", "/room", "application/json", strings.NewReader(fmt.Sprintf(`{"title":%q}`, title)), &made)
	room, ok := strings.CutPrefix(made.URL, "/room/")
	if !ok {
		v.t.Fatalf("the room has the address %q", made.URL)
	}
	return room
}

// upload sends a file as an image.
func (v *visitor) upload(room string, file []byte) (status int) {
	v.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, _ := form.CreateFormFile("gif", "a.gif")
	part.Write(file)
	form.Close()
	return v.do("POST", "/room/"+room+"/gif", form.FormDataContentType(), &b, nil)
}

// connect opens a socket in /chat; the one before ends without a word.
func (v *visitor) connect() {
	v.t.Helper()
	v.drop()
	u, err := url.Parse(v.base)
	if err != nil {
		v.t.Fatal(err)
	}
	h := http.Header{"Origin": {v.base}}
	for _, c := range v.http.Jar.Cookies(u) {
		h.Add("Cookie", c.String())
	}
	v.conn, _, err = websocket.Dial(v.t.Context(), "ws"+strings.TrimPrefix(v.base, "http")+"/socket.io/?EIO=4&transport=websocket",
		&websocket.DialOptions{HTTPHeader: h})
	if err != nil {
		v.t.Fatal(err)
	}
	v.write("40/chat,")
	v.await("40/chat,")
}

// drop ends the socket.
func (v *visitor) drop() {
	if v.conn != nil {
		v.conn.CloseNow()
		v.conn = nil
	}
}

func (v *visitor) write(packet string) {
	v.t.Helper()
	if err := v.conn.Write(v.t.Context(), websocket.MessageText, []byte(packet)); err != nil {
		v.t.Fatal(err)
	}
}

// await returns what follows a prefix in the first packet that has it.
func (v *visitor) await(prefix string) string {
	v.t.Helper()
	for {
		_, data, err := v.conn.Read(v.t.Context())
		if err != nil {
			v.t.Fatalf("waiting for %q: %v", prefix, err)
		}
		if rest, ok := strings.CutPrefix(string(data), prefix); ok {
			return rest
		}
	}
}

// ask emits an event and returns its answer.
func (v *visitor) ask(event string, payload map[string]any) map[string]any {
	v.t.Helper()
	v.id++
	args, _ := json.Marshal([]any{event, payload})
	v.write(fmt.Sprintf("42/chat,%d%s", v.id, args))
	var reply []map[string]any
	if err := json.Unmarshal([]byte(v.await(fmt.Sprintf("43/chat,%d", v.id))), &reply); err != nil {
		v.t.Fatal(err)
	}
	return reply[0]
}
