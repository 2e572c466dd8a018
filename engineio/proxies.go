package engineio

import (
	"net/http"
	"strings"

	"github.com/madang-chat/madang/internal/clientip"
)

// TrustProxies is an Options.ClientAddress for servers behind the proxies of these addresses and
// networks, such as "10.0.0.0/8" and "::1". It reads X-Forwarded-For from its end, as far as those
// proxies wrote it: what stands before is the client's own claim. Anything else than an address or
// a network panics. Without any, the header is ignored.
func TrustProxies(networks ...string) func(*http.Request) string {
	trusted, err := clientip.Parse(strings.Join(networks, ","))
	if err != nil {
		panic("engineio: TrustProxies: " + err.Error())
	}
	return func(r *http.Request) string { return trusted.Of(r.RemoteAddr, r.Header) }
}
