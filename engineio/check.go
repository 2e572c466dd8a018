package engineio

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
)

// longest is what setTimeout of JavaScript takes: beyond it a client would give up at once.
const longest = (1<<31 - 1) * time.Millisecond

// check panics about options that can't work.
func (o *Options) check() {
	if strings.ContainsAny(o.Path, "?#") || strings.ContainsFunc(o.Path, func(c rune) bool { return unicode.IsControl(c) || unicode.IsSpace(c) }) {
		panic(fmt.Sprintf("engineio: Path is %q: no request has such a path", o.Path))
	}
	if o.Transports != nil && len(o.Transports) == 0 {
		panic("engineio: Transports is empty: nil means all")
	}
	for _, d := range []struct {
		name string
		d    time.Duration
	}{{"PingInterval", o.PingInterval}, {"PingTimeout", o.PingTimeout}} {
		if d.d > 0 && d.d < time.Millisecond {
			panic(fmt.Sprintf("engineio: %s is %v: clients are told whole milliseconds", d.name, d.d))
		}
	}
	if o.PingInterval > longest || o.PingTimeout > longest || o.PingInterval+o.PingTimeout > longest {
		panic(fmt.Sprintf("engineio: PingInterval and PingTimeout are together more than %v, which is the most that clients can wait", longest))
	}
	if slices.ContainsFunc(o.Middleware, func(m func(http.Handler) http.Handler) bool { return m == nil }) {
		panic("engineio: a Middleware is nil")
	}
}
