// Package httpapi is the HTTP door of the chat: the page, its JSON requests, uploads and images.
//
// A handler is a func(w, r) error; what it returns goes through one sink, which answers JSON or the
// page by the request's Accept header, and counts the refusals of a visitor. Only a [chat.Error]
// shows its words. Any other error is logged under a reference, and the visitor gets the reference
// alone.
//
// Every request, the sockets' too, passes the same few steps: deadlines for its body and its
// answer, the log, the headers that every answer has, the names that are served. Then those that
// aren't the sockets' pass: whether a page of another site made them, and whether the address is
// locked out, which keeps away newcomers alone. The headers are lacking where net/http itself
// answers what it can't read (400, 408, 417, 431, 501, 505): a line of fixed text.
//
// A visitor is known by the cookie "sid" ("__Host-sid" over HTTPS). A page or a POST without a
// valid one mints a session; a token that the server doesn't know is replaced, never adopted.
// Whoever knows a room's password keeps a grant in the cookie "grant_<room>". An address is that of
// the connection: what stands in front of the handler replaces it where it knows the proxy, and
// X-Forwarded-For isn't trusted from anybody. X-Forwarded-Proto is: who forges it gets cookies that
// no browser keeps over plain HTTP.
//
// The request log holds method, path, status, size and time. Queries, bodies, cookies, addresses
// and referrers are never logged, and what a visitor wrote is cut.
//
// The handler that [New] returns is safe from any goroutine and holds nothing that must be closed.
// Its only goroutine is a question of Options.Ready, which ends with it.
package httpapi
