// Package httpapi is the HTTP door of the chat: the page, its JSON requests, uploads and images.
//
// A handler is a func(w, r) error; what it returns goes through one sink, which answers JSON or the
// page by the request's Accept header. Only a [chat.Error] shows its words. Any other error is
// logged under a reference, and the visitor gets the reference alone.
//
// A visitor is known by the cookie "sid" ("__Host-sid" over HTTPS). A page or a POST without a
// valid one mints a session; a token that the server doesn't know is replaced, never adopted.
// Whoever knows a room's password keeps a grant in the cookie "grant_<room>". New sessions and
// tries of passwords are counted by the address of the connection too. Behind a proxy that is the
// proxy's, so that its visitors share those two limits: X-Forwarded-For isn't trusted from anybody.
//
// The request log holds method, path, status, size and time. Queries, bodies, cookies, addresses
// and referrers are never logged.
//
// The handler that [New] returns is safe from any goroutine, starts none and holds nothing that
// must be closed.
package httpapi
