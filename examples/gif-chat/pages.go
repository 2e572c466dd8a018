package main

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"log"
	"net/http"
	"net/url"
	"time"
)

//go:embed static
var static embed.FS

//go:embed pages
var pageFiles embed.FS

var pages = template.Must(template.ParseFS(pageFiles, "pages/*.html"))

func (a *app) render(w http.ResponseWriter, r *http.Request, status int, name string, data any) {
	var page bytes.Buffer
	if err := pages.ExecuteTemplate(&page, name, data); err != nil {
		log.Printf("page %s: %v", name, err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	page.WriteTo(w)
}

func (a *app) showStatic(w http.ResponseWriter, r *http.Request) {
	name := "static/" + r.PathValue("file")
	if info, err := fs.Stat(static, name); err != nil || info.IsDir() {
		a.notFound(w, r)
		return
	}
	http.ServeFileFS(w, r, static, name)
}

func (a *app) notFound(w http.ResponseWriter, r *http.Request) {
	a.fail(w, r, http.StatusNotFound, sentence(fmt.Sprintf("%s %s 라우터가 없습니다.", r.Method, r.RequestURI)))
}

// A sentence is an error in the words that visitors read.
type sentence string

func (s sentence) Error() string { return string(s) }

// fail answers with the error page. What is wrong with the request is always told; what is wrong
// with the server is told outside production only, and logged.
func (a *app) fail(w http.ResponseWriter, r *http.Request, status int, err error) {
	message, details := err.Error(), ""
	if status >= http.StatusInternalServerError {
		log.Printf("%s %s: %v", r.Method, r.URL.Path, err)
		message = http.StatusText(status)
		if !a.production {
			details = err.Error()
		}
	}
	a.render(w, r, status, "error.html", map[string]any{"Status": status, "Message": message, "Details": details})
}

// headers keep pages from being framed, from running what isn't ours, and from telling other sites
// an address with a password in it.
func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; script-src 'self' https://cdn.socket.io; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

// logRequests prints a line for each request: method, address, status, time, size.
func logRequests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		seen := &answer{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(seen, r)
		fmt.Printf("%s %s %d %.3f ms - %d\n", r.Method, withoutPassword(r.URL), seen.status, float64(time.Since(began).Microseconds())/1000, seen.size)
	})
}

// withoutPassword is an address as logs may keep it.
func withoutPassword(u *url.URL) string {
	query, err := url.ParseQuery(u.RawQuery)
	switch {
	case err != nil:
		return u.EscapedPath() + "?***" // what can't be read may hold a password
	case !query.Has("password"):
		return u.RequestURI()
	}
	query.Set("password", "***")
	return u.EscapedPath() + "?" + query.Encode()
}

// An answer remembers what the log tells.
type answer struct {
	http.ResponseWriter
	status, size int
}

func (a *answer) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	n, err := a.ResponseWriter.Write(b)
	a.size += n
	return n, err
}

// Unwrap lets http.ResponseController reach the connection, for a WebSocket.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
