package clientip

import (
	"net/http"
	"strings"
	"testing"

	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

func TestOf(t *testing.T) {
	for _, c := range []struct {
		name, trusted, remote string
		forwarded             []string
		want                  string
	}{
		{"no proxy", "", "203.0.113.9:5000", nil, "203.0.113.9"},
		{"a forged header", "", "203.0.113.9:5000", []string{"1.2.3.4"}, "203.0.113.9"},
		{"forged, other proxy known", "10.0.0.1", "203.0.113.9:5000", []string{"1.2.3.4"}, "203.0.113.9"},
		{"behind a proxy", "10.0.0.1", "10.0.0.1:5000", []string{"203.0.113.9"}, "203.0.113.9"},
		{"forged in front of a proxy", "10.0.0.1", "10.0.0.1:5000", []string{"1.2.3.4, 203.0.113.9"}, "203.0.113.9"},
		{"two proxies", "10.0.0.0/8", "10.0.0.1:5000", []string{"203.0.113.9", "10.9.9.9"}, "203.0.113.9"},
		{"proxy without header", "10.0.0.1", "10.0.0.1:5000", nil, "10.0.0.1"},
		{"proxy writes nonsense", "10.0.0.1", "10.0.0.1:5000", []string{"unknown"}, "10.0.0.1"},
		{"only proxies", "10.0.0.0/8", "10.0.0.1:5000", []string{"10.0.0.2"}, "10.0.0.2"},
		{"IPv6", "::1", "[::1]:5000", []string{"2001:db8::7"}, "2001:db8::7"},
		{"IPv4 in IPv6", "127.0.0.1", "[::ffff:127.0.0.1]:5000", []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		{"without a port", "127.0.0.1", "127.0.0.1", []string{"203.0.113.9"}, "203.0.113.9"},
		{"no address at all", "127.0.0.1", "@", []string{"203.0.113.9"}, "@"},
	} {
		trusted, err := Parse(c.trusted)
		if err != nil {
			t.Fatal(err)
		}
		if got := trusted.Of(c.remote, http.Header{"X-Forwarded-For": c.forwarded}); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// Of anybody's header nothing is made: it is as long as a request may be.
func TestOfStrangersReadsNothing(t *testing.T) {
	trusted, err := Parse("10.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	long := http.Header{"X-Forwarded-For": {strings.Repeat(",", 16<<10), strings.Repeat(",", 16<<10)}}
	short := http.Header{}
	of := func(h http.Header) float64 {
		return testing.AllocsPerRun(10, func() { trusted.Of("203.0.113.9:5000", h) })
	}
	if a, b := of(long), of(short); a > b {
		t.Errorf("%v allocations, %v without the header", a, b)
	}
}

func TestParse(t *testing.T) {
	if got, err := Parse(" 10.0.0.1, ,192.168.7.9/16,::1 "); err != nil || len(got) != 3 || got[1].String() != "192.168.0.0/16" {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := Parse("proxy.example"); err == nil {
		t.Errorf("a name passes for an address: %v", got)
	}
}
