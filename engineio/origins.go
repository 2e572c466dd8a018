package engineio

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// check panics when the origins can't be meant as they are written.
func (c *CORS) check() {
	if c.AllowOrigin != nil {
		return // Origins don't count
	}
	all := slices.Contains(c.Origins, "*")
	switch {
	case c.Credentials && (all || len(c.Origins) == 0):
		panic("engineio: CORS.Credentials with all origins admitted would let the pages of every site act with the cookies of their visitors: " +
			"list the admitted ones in CORS.Origins, or set CORS.AllowOrigin")
	case c.Credentials && slices.Contains(c.Origins, "null"):
		panic(`engineio: CORS.Origins has "null", which the frames of every site can be: with CORS.Credentials they could act with the cookies of their ` +
			"visitors. Remove it, or set CORS.AllowOrigin")
	case all && len(c.Origins) > 1:
		panic(`engineio: CORS.Origins has "*", which admits all, and others, which mean nothing then: remove the one or the others`)
	}
	for _, origin := range c.Origins {
		if fault := originFault(origin); fault != "" {
			panic(fmt.Sprintf("engineio: CORS.Origins has %q, which no browser sends: %s", origin, fault))
		}
	}
}

// originFault says why an origin never matches. Those of apps and extensions have schemes of their
// own, and "file://" has no host.
func originFault(origin string) string {
	if origin == "*" || origin == "null" || origin == "file://" {
		return ""
	}
	u, err := url.Parse(origin)
	switch {
	case strings.Contains(origin, "*"):
		return "only the whole origin may be *; set CORS.AllowOrigin for patterns"
	case err != nil || u.Scheme == "" || u.Host == "":
		return `an origin has a scheme and a host, as in "https://example.org"`
	case u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil || strings.ContainsAny(origin, "?#"):
		return fmt.Sprintf("an origin ends with its host or port; write %q", strings.ToLower(u.Scheme+"://"+u.Host))
	case origin != strings.ToLower(origin):
		return fmt.Sprintf("browsers send it in lower case; write %q", strings.ToLower(origin))
	case u.Scheme == "https" && u.Port() == "443", u.Scheme == "http" && u.Port() == "80", strings.HasSuffix(u.Host, ":"):
		return "browsers leave the usual port out"
	case strings.ContainsFunc(u.Host, func(c rune) bool { return c <= ' ' || c > '~' }):
		return "browsers send the host in its ASCII form (xn--…)"
	}
	return ""
}
