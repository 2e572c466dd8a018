package live_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/madang-chat/madang/chat/live"
)

// memory is what the process holds, stacks included, and how many goroutines it has.
func memory() (bytes uint64, goroutines int) {
	var m runtime.MemStats
	for range 2 { // what finalizers free counts too
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse, runtime.NumGoroutine()
}

// Ten thousand idle sockets take 400 MiB at most: 40 KiB each. Here are fewer, with their other
// ends in the same process, which has nothing else to do.
func TestD6IdleSocketsAreSmall(t *testing.T) {
	if os.Getenv("ALONE") == "" {
		c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestD6IdleSocketsAreSmall$", "-test.v")
		c.Env = append(os.Environ(), "ALONE=1")
		out, err := c.CombinedOutput()
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	const sockets, most = 1000, 40 << 10
	r := start(t, quick(), live.Options{})
	kim := r.person()
	before, idle := memory()
	for range sockets {
		defer r.idle(kim).Close()
	}
	after, running := memory()
	each := (int64(after) - int64(before)) / sockets
	t.Logf("%d bytes and %.2f goroutines for each", each, float64(running-idle)/sockets)
	if each > most {
		t.Errorf("%d bytes for each", each)
	}
	if runtime.GOOS == "linux" && running-idle > sockets/10 {
		t.Errorf("%d goroutines for %d sockets", running-idle, sockets)
	}
}

// idle opens a WebSocket in both namespaces, by hand, so that this end costs next to nothing.
func (r *rig) idle(p *person) net.Conn {
	r.t.Helper()
	host := strings.TrimPrefix(r.url, "http://")
	c, err := net.Dial("tcp", host)
	if err != nil {
		r.t.Fatal(err)
	}
	fmt.Fprintf(c, "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\nCookie: sid=%s\r\nConnection: Upgrade\r\n"+
		"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", host, r.url, p.token)
	in := bufio.NewReader(c)
	res, err := http.ReadResponse(in, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		r.t.Fatal(res, err)
	}
	for _, ns := range []string{"/room", "/chat"} {
		message := "40" + ns + ","
		// masked with zeros
		c.Write(append([]byte{0x81, 0x80 | byte(len(message)), 0, 0, 0, 0}, message...))
	}
	for got := ""; !strings.Contains(got, "roomList") || !strings.Contains(got, `40/chat,`); {
		b, err := in.ReadByte()
		if err != nil {
			r.t.Fatal(err)
		}
		got += string(rune(b))
	}
	return c
}
