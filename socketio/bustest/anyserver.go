package bustest

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"

	"github.com/madang-chat/madang/socketio"
)

// testAnyServer has the requests of a session come to a server that hasn't it: the bus carries
// them to the one that has, in order, there and back.
func testAnyServer(r *rig) {
	nodes := r.start("a", "b")
	a, b := nodes[0], nodes[1]
	socketio.OnCall(a, "echo", func(_ context.Context, _ *socketio.Socket, v socketio.Args) (socketio.Args, error) { return v, nil })
	request := func(n *node, method, sid, body string) (int, string) {
		req := httptest.NewRequestWithContext(r.patience(), method, "/socket.io/?EIO=4&transport=polling"+sid, strings.NewReader(body))
		w := httptest.NewRecorder()
		n.Server.ServeHTTP(w, req)
		return w.Code, w.Body.String()
	}
	_, open := request(a, "GET", "", "")
	_, sid, _ := strings.Cut(open, `"sid":"`)
	sid, _, _ = strings.Cut(sid, `"`)
	sid = "&sid=" + sid
	expect := func(method, body, want string) {
		r.Helper()
		r.within("a "+method+" at the other server", func() error {
			if status, got := request(b, method, sid, body); status != 200 || !strings.HasPrefix(got, want) {
				return fmt.Errorf("%d %.100q, want %.100q", status, got, want)
			}
			return nil
		})
	}
	expect("POST", "40", "ok")
	expect("GET", "", `40{"sid":`)
	big := strings.Repeat("x한", 200_000)
	expect("POST", `421["echo","`+big+`"]`, "ok")
	expect("GET", "", `431["`+big+`"]`)
	for i := range 100 {
		expect("POST", fmt.Sprintf(`42%d["echo",%d]`, i, i), "ok")
		expect("GET", "", fmt.Sprintf(`43%d[%d]`, i, i))
	}
	r.must(a.Server.Close())
	r.eventually(func() error {
		if status, got := request(b, "GET", sid, ""); status != 400 || !strings.Contains(got, "Session ID unknown") {
			return errors.New("a session whose server has left: " + got)
		}
		return nil
	})
}
