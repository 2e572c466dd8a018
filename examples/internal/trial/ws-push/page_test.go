package push

import (
	"net/http"
	"testing"

	"github.com/coder/websocket"

	"github.com/madang-chat/madang/examples/internal/trial"
	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

func TestPage(t *testing.T) {
	p := trial.Start(t, "ws-push", "TRUSTED_PROXIES=127.0.0.1,::1")
	trial.Browser(t, p.URL)
	p.Match(t, `새로운 클라이언트 접속 (127\.0\.0\.1|::1)\n`)
	p.Saw(t, "클라이언트에서 서버로 답장을 보냅니다\n")
	p.Match(t, `클라이언트 접속 해제 (127\.0\.0\.1|::1)\n`)

	// A proxy on this machine tells of its clients, on both doors.
	header := http.Header{"X-Forwarded-For": {"1.2.3.4, 203.0.113.9"}}
	conn, _, err := websocket.Dial(t.Context(), p.URL, &websocket.DialOptions{HTTPHeader: header})
	if err != nil {
		t.Fatal(err)
	}
	p.Saw(t, "새로운 클라이언트 접속 203.0.113.9\n")
	conn.Close(websocket.StatusNormalClosure, "")
	p.Saw(t, "클라이언트 접속 해제 203.0.113.9\n")

	header.Set("X-Forwarded-For", "203.0.113.10")
	request, _ := http.NewRequestWithContext(t.Context(), "GET", p.URL+"/events", nil)
	request.Header = header
	res, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	p.Saw(t, "새로운 클라이언트 접속 203.0.113.10\n")
	res.Body.Close()
	p.Saw(t, "클라이언트 접속 해제 203.0.113.10\n")
}
