package socketio_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/siotest"
)

// A client that opens a connection on polling and is never seen again costs no more than
// ConnectTimeout.
func TestAbandonedHandshakeEndsWithConnectTimeout(t *testing.T) {
	for name, o := range map[string]socketio.Options{
		"defaults":         {},
		"a long heartbeat": {PingInterval: 10 * time.Minute},
		"a short timeout":  {ConnectTimeout: 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := siotest.NewServer(t, o)
				s.Of("/")
				answer := httptest.NewRecorder()
				s.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/socket.io/?EIO=4&transport=polling", nil))
				if answer.Code != http.StatusOK || s.CountConnections() != 1 {
					t.Fatalf("answer %d, %d connections", answer.Code, s.CountConnections())
				}
				limit := o.ConnectTimeout
				if limit == 0 {
					limit = socketio.DefaultConnectTimeout
				}
				time.Sleep(limit - time.Second)
				if s.CountConnections() != 1 {
					t.Error("it has ended early")
				}
				time.Sleep(2 * time.Second)
				if s.CountConnections() != 0 || socketio.Pending(s) != 0 {
					t.Errorf("%d connections a second after the timeout, %d pending", s.CountConnections(), socketio.Pending(s))
				}
			})
		})
	}
}
