package hosting

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// A prober opens a connection every few milliseconds, and asks for something over it.
type prober struct {
	wg   sync.WaitGroup
	stop context.CancelFunc

	mu      sync.Mutex
	probes  int           // guarded by mu
	refused []string      // guarded by mu
	slowest time.Duration // guarded by mu
}

// probe starts one. It comes from many addresses, as visitors do.
func probe(t *testing.T, url string) *prober {
	ctx, stop := context.WithCancel(context.Background())
	p := &prober{stop: stop}
	t.Cleanup(p.end)
	host := strings.TrimPrefix(url, "http://")
	p.wg.Go(func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			from := fmt.Sprintf("127.200.%d.%d", n/200%200, 1+n%200)
			p.wg.Go(func() {
				start := time.Now()
				err := connect(host, from)
				p.mu.Lock()
				defer p.mu.Unlock()
				p.probes++
				p.slowest = max(p.slowest, time.Since(start))
				if err != nil {
					p.refused = append(p.refused, fmt.Sprint(err, " began ", start.Format("05.000"), " took ", time.Since(start)))
				}
			})
		}
	})
	return p
}

// connect is one connection.
func connect(host, from string) error {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: patience}
	c, err := d.Dial("tcp", host)
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	if _, err := fmt.Fprintf(c, "GET /healthz HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", host); err != nil {
		return err
	}
	a, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return err
	}
	defer a.Body.Close()
	if text, err := io.ReadAll(a.Body); err != nil || a.StatusCode != 200 {
		return fmt.Errorf("status %d, %s, %v", a.StatusCode, text, err)
	}
	return nil
}

// end waits for the last answers.
func (p *prober) end() {
	p.stop()
	p.wg.Wait()
}
