package engineio

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// CORS lets pages of other origins use the server. The zero value admits every origin without
// credentials.
type CORS struct {
	// Origins are those admitted, such as "https://example.org". "*" or none admits all. One that
	// no browser sends makes New panic.
	Origins []string
	// AllowOrigin, when set, decides instead of Origins. It isn't called for a request without the
	// header.
	AllowOrigin func(origin string, r *http.Request) bool
	// Methods are told to preflights. Default GET, HEAD, PUT, PATCH, POST, DELETE.
	Methods []string
	// AllowedHeaders are told to preflights. Default: those that the preflight asks for.
	AllowedHeaders []string
	// ExposedHeaders may be read by the page.
	ExposedHeaders []string
	// Credentials admits cookies. The origin is then always named, never "*". Pages of every site
	// could act in the name of their visitors if all were admitted: New panics unless Origins are
	// listed or AllowOrigin decides.
	Credentials bool
	// MaxAge is how long a preflight's answer may be kept. Default: not told.
	MaxAge time.Duration
	// PreflightStatus is the status of the answer to a preflight. Default 204.
	PreflightStatus int
}

func (c *CORS) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		c.origin(h, r)
		if len(c.ExposedHeaders) > 0 {
			h.Set("Access-Control-Expose-Headers", strings.Join(c.ExposedHeaders, ","))
		}
		if r.Method != http.MethodOptions {
			next.ServeHTTP(w, r)
			return
		}
		c.preflight(h, r)
		h.Set("Content-Length", "0")
		w.WriteHeader(cmp.Or(c.PreflightStatus, http.StatusNoContent))
	})
}

// origin sets what every answer carries.
func (c *CORS) origin(h http.Header, r *http.Request) {
	any := c.AllowOrigin == nil && (len(c.Origins) == 0 || slices.Contains(c.Origins, "*"))
	origin := r.Header.Get("Origin")
	switch {
	case any: // without credentials
		h.Set("Access-Control-Allow-Origin", "*")
		return
	case origin == "":
	case c.AllowOrigin != nil && c.AllowOrigin(origin, r), c.AllowOrigin == nil && slices.Contains(c.Origins, origin):
		h.Set("Access-Control-Allow-Origin", origin)
	}
	h.Add("Vary", "Origin")
	if c.Credentials {
		h.Set("Access-Control-Allow-Credentials", "true")
	}
}

func (c *CORS) preflight(h http.Header, r *http.Request) {
	methods := c.Methods
	if len(methods) == 0 {
		methods = []string{"GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"}
	}
	h.Set("Access-Control-Allow-Methods", strings.Join(methods, ","))
	if len(c.AllowedHeaders) > 0 {
		h.Set("Access-Control-Allow-Headers", strings.Join(c.AllowedHeaders, ","))
	} else if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		h.Set("Access-Control-Allow-Headers", asked)
		h.Add("Vary", "Access-Control-Request-Headers")
	}
	if c.MaxAge > 0 {
		h.Set("Access-Control-Max-Age", strconv.Itoa(int(c.MaxAge.Seconds())))
	}
}
