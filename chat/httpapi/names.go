package httpapi

import (
	"cmp"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/idna"

	"github.com/madang-chat/madang/chat/cookie"
	"github.com/madang-chat/madang/chat/internal/trace"
	"github.com/madang-chat/madang/internal/clientip"
)

// name is a host that the site is served under.
type name struct{ host, port string } // port "" = any

// international takes a name as people write it to the one that browsers send. Underscores, which
// no public name has, stand in those of containers.
var international = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))

// ReadHost reads a name of the site as [Options].Hosts have it, and gives its host as browsers
// write it: "한글.kr" is "xn--bj0bj06e.kr". No port is "".
func ReadHost(text string) (host, port string, err error) {
	n, err := readName(text)
	return n.host, n.port, err
}

func readNames(hosts []string) (names []name, err error) {
	for _, text := range hosts {
		n, err := readName(text)
		if err != nil {
			return nil, err
		}
		names = append(names, n)
	}
	return names, nil
}

// readName reads a setting: "chat.example.org", "[2001:db8::1]:8443".
func readName(text string) (name, error) {
	bad := func(what string) (name, error) {
		return name{}, fmt.Errorf("host %q %s: write it as chat.example.org or chat.example.org:8443", text, what)
	}
	odd := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }
	if strings.ContainsAny(text, "/@?#*") || strings.ContainsFunc(text, odd) || strings.HasSuffix(text, ":") || text == "" {
		return bad("is no name")
	}
	n := split(text)
	if n.port != "" {
		if port, err := strconv.ParseUint(n.port, 10, 16); err != nil || port == 0 {
			return bad("has no port of 1 to 65535")
		}
	}
	if _, err := netip.ParseAddr(n.host); err == nil {
		return n, nil
	}
	host, err := international.ToASCII(n.host)
	if err != nil || host == "" || strings.ContainsAny(host, ":[]") {
		return bad("is no name")
	}
	n.host = host
	return n, nil
}

// split takes a host and its port apart, and writes the host in one way.
func split(text string) name {
	n := name{host: text}
	if _, err := netip.ParseAddr(text); err != nil { // "::1" has no port
		if host, port, err := net.SplitHostPort(text); err == nil {
			n = name{host, port}
		}
	}
	n.host = strings.ToLower(strings.TrimSuffix(n.host, "."))
	if in, ok := strings.CutPrefix(n.host, "["); ok && strings.HasSuffix(in, "]") {
		n.host = in[:len(in)-1]
	}
	if a, err := netip.ParseAddr(n.host); err == nil {
		n.host = a.String()
	}
	return n
}

// asked is the name that a request asks for.
func asked(r *http.Request) name { return split(r.Host) }

// serves tells whether a request asks for this name.
func (n name) serves(r *http.Request) bool {
	a := asked(r)
	standard := "80"
	if cookie.OverTLS(r) {
		standard = "443"
	}
	return n.host == a.host && (n.port == "" || n.port == cmp.Or(a.port, standard))
}

func (n name) String() string {
	if n.port != "" {
		return net.JoinHostPort(n.host, n.port)
	}
	if strings.Contains(n.host, ":") {
		return "[" + n.host + "]"
	}
	return n.host
}

// base is the beginning of the site's addresses, "https://chat.example.org": by the first of its
// names, or the one that was asked for when it has none. "" = unknown.
func (s *site) base(r *http.Request) string {
	n := asked(r)
	if len(s.names) > 0 && !s.names[0].serves(r) {
		n = s.names[0]
	}
	switch {
	case n.host == "":
		return ""
	case cookie.OverTLS(r):
		return "https://" + n.String()
	}
	return "http://" + n.String()
}

// health are asked by address, from what watches the server.
func health(path string) bool { return path == "/healthz" || path == "/readyz" }

// named refuses requests for names that aren't the site's. A page of somebody else who lets his
// name point here would be a page of the same site otherwise.
func (s *site) named(next http.Handler) http.Handler {
	if len(s.names) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, n := range s.names {
			if n.serves(r) {
				next.ServeHTTP(w, r)
				return
			}
		}
		if health(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		// Scanners ask by address, and so do visitors when their operator has forgotten a name.
		if s.spare(r.Context(), &s.strangers, slog.LevelInfo, "requests for other names") {
			s.log.InfoContext(r.Context(), "a request for a name that isn't served: --host adds one", "host", trace.Cut(clientip.Hide(r.Host), hostMost))
		}
		misdirected(w)
	})
}

func misdirected(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusMisdirectedRequest)
	io.WriteString(w, "이 서버는 이 이름으로 열리지 않아요. 주소를 확인해 주세요.\n"+
		"This server isn't known by this name. Check the address; who runs it sets its names with --host.\n")
}
