package nodetest_test

import (
	"net"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/leak"
	"github.com/madang-chat/madang/internal/nodetest"
)

func TestMain(m *testing.M) { leak.Main(m) }

// A server can be stopped and started in the middle, which ends its connections, and leaves nothing
// behind.
func TestPostgres(t *testing.T) {
	nodetest.Need(t, nodetest.Postgres)
	dir, err := os.MkdirTemp("", "nodetest-")
	if err == nil {
		err = os.Chmod(dir, 0o755) // another user has to get through
	}
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir)
	var address string
	t.Run("server", func(t *testing.T) {
		p := nodetest.StartPostgres(t, "max_connections=20")
		u, err := url.Parse(p.URL())
		if err != nil {
			t.Fatal(err)
		}
		address = u.Host
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		p.Start() // it runs
		p.Stop()
		p.Stop() // it doesn't
		_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		if n, err := conn.Read(make([]byte, 1)); err == nil || os.IsTimeout(err) {
			t.Errorf("%d bytes of a stopped server, %v", n, err)
		}
		if _, err := net.Dial("tcp", address); err == nil {
			t.Error("a stopped server listens")
		}
		p.Start()
		if p.URL() != u.String() {
			t.Error("it has moved")
		}
	})
	if conn, err := net.Dial("tcp", address); err == nil {
		conn.Close()
		t.Error("it outlived its test")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Error("left behind:", left, err)
	}
}
