package socketio_test

import (
	"io/fs"
	"net/http"
	"testing"
	"testing/fstest"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/socketio"
)

// The middleware of the server is for connections, as io.engine.use is; pages of other origins may
// load the client.
func TestClientFilesComeWithoutMiddleware(t *testing.T) {
	for name, files := range map[string]fs.FS{"file": fstest.MapFS{"socket.io.js": {Data: []byte("x")}}, "redirect": nil} {
		s := start(t, socketio.Options{
			ClientFiles: files, CORS: &engineio.CORS{Origins: []string{"http://page.test"}},
			Middleware: []func(http.Handler) http.Handler{func(http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Error(w, "log in", http.StatusUnauthorized) })
			}},
		})
		resp, _ := get(t, s.url+"/socket.io/socket.io.js", "Origin", "http://page.test")
		if resp.StatusCode >= 400 || resp.Header.Get("Access-Control-Allow-Origin") != "http://page.test" {
			t.Errorf("%s: %s %v", name, resp.Status, resp.Header)
		}
		resp, body := get(t, s.url+"/socket.io/?EIO=4&transport=polling", "Origin", "http://page.test")
		if resp.StatusCode != http.StatusUnauthorized || body != "log in\n" || resp.Header.Get("Access-Control-Allow-Origin") != "http://page.test" {
			t.Errorf("%s: a connection: %s %v", name, resp.Status, resp.Header)
		}
	}
}
