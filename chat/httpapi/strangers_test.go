package httpapi_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/chat/httpapi"
)

// An operator who has forgotten a name finds it in the log; scanners don't fill it.
func TestOtherNamesAreTold(t *testing.T) {
	s := open(t, func(o *httpapi.Options) { o.Hosts = []string{"chat.example.org"} })
	synctest.Test(t, func(t *testing.T) {
		for range 1000 {
			s.asks("/", "www.example.org")
			s.asks("/socket.io/?EIO=4", "www.example.org")
		}
		time.Sleep(time.Minute)
		s.asks("/", "192.0.2.77:8005")
		s.asks("/", strings.Repeat("x", 5000)+".example\nlevel=ERROR")
	})
	told := `level=INFO msg="a request for a name that isn't served: --host adds one" host=`
	for part, want := range map[string]int{told: 7, told + "www.example.org": 5, told + "192.0.2.0/24 ": 1,
		`level=INFO msg="requests for other names that have no line" n=1995`: 1, "level=ERROR msg": 0} {
		if n := s.log.lines(part); n != want {
			t.Errorf("%d lines with %s, want %d", n, part, want)
		}
	}
	for line := range strings.Lines(s.log.String()) {
		if len(line) > 500 || !strings.Contains(line, " request=") {
			t.Errorf("%d bytes: %.300s", len(line), line)
		}
	}
}
