package httpapi

import (
	"io"
	"net/http"
	"strings"
)

// PlainOptions of [NewPlain].
type PlainOptions struct {
	Site  http.Handler // what New has made: it answers whether the server is well
	Hosts []string     // those of Options
	// Port is where TLS is spoken, for sites without names. A name has its own, or the standard
	// one.
	Port string
	// Covers tells whether there is a certificate for a name, or will be. It stands for the names
	// when there are none.
	Covers func(host string) bool
	// Ready tells whether the certificate for a name is there already.
	Ready func(host string) bool
}

// NewPlain makes what answers at the address without TLS: it sends to the same page with TLS, and
// to names of the site alone.
func NewPlain(o PlainOptions) (http.Handler, error) {
	names, err := readNames(o.Hosts)
	if err != nil {
		return nil, err
	}
	return paced(new(site).secured(&plainly{names, o})), nil
}

type plainly struct {
	names []name
	PlainOptions
}

func (p *plainly) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if health(r.URL.Path) {
		p.Site.ServeHTTP(w, r)
		return
	}
	w.Header().Set("Connection", "close") // all that follows goes to the other port
	n, ok := p.target(asked(r).host)
	path := r.URL.RequestURI()
	switch {
	case !ok:
		misdirected(w)
	case !p.Ready(n.host):
		waiting(w)
	case !strings.HasPrefix(path, "/"): // OPTIONS *
		w.WriteHeader(http.StatusBadRequest)
	default:
		h := w.Header()
		h.Set("Location", "https://"+n.String()+path)
		status := http.StatusPermanentRedirect // with the same method and body
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			status = http.StatusMovedPermanently
		}
		w.WriteHeader(status)
	}
}

// target is the name that a visitor who asked for a host is sent to.
func (p *plainly) target(host string) (n name, ok bool) {
	if host == "" || !p.Covers(host) {
		return name{}, false
	}
	for _, n := range p.names {
		if n.host == host {
			if n.port == "443" {
				n.port = ""
			}
			return n, true
		}
	}
	return name{host, p.Port}, len(p.names) == 0
}

// waiting stands in for the page until there is a certificate. The page itself never comes without.
func waiting(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Retry-After", "5")
	h.Set("Refresh", "5")
	w.WriteHeader(http.StatusServiceUnavailable)
	io.WriteString(w, "인증서를 받고 있어요. 잠시 후 저절로 열려요.\n"+
		"The certificate is on its way. This page opens by itself in a moment.\n")
}
