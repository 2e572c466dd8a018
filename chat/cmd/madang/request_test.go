package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/madang-chat/madang/internal/clientip"
)

// Every answer tells the id that the lines of its request have. Only a proxy that is trusted gives
// one of its own.
func TestRequestsHaveIDs(t *testing.T) {
	proxies, err := clientip.Parse("127.0.0.0/8, ::1")
	if err != nil {
		t.Fatal(err)
	}
	ours := regexp.MustCompile(`^[A-Z2-7]{10}$`)
	const theirs = "0190f3a2-7c1e-7d42-9a51-7c1f3f0b8d11"
	for _, trusted := range []clientip.Trusted{nil, proxies} {
		m, log := start(t, t.TempDir(), trusted...)
		b := newBrowser(t, m.URL())
		for path, status := range map[string]int{"/": 0, "/nothing": 404, "/healthz": 200, "/socket.io/?EIO=4&transport=polling": 200} {
			for _, given := range []string{"", theirs, "not an id", strings.Repeat("x", 65)} {
				a := b.do("GET", path, "", "X-Request-Id: "+given, "X-Forwarded-For: 192.0.2.1")
				if status != 0 && a.status != status {
					t.Errorf("%s = %+v", path, a)
				}
				id := a.header.Get("X-Request-Id")
				if taken := given == theirs && trusted != nil; taken != (id == theirs) || !taken && !ours.MatchString(id) {
					t.Errorf("%s: %q was sent, proxies %v: the id is %q", path, given, trusted, id)
				}
				if line := "path=/nothing status=404 "; path == "/nothing" && !regexp.MustCompile(line+".* request="+id+"\n").MatchString(log.String()) {
					t.Errorf("no line of %s has the id %s:\n%s", path, id, log)
				}
			}
		}
	}
}
