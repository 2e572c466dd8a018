package live

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/cookie"
	"github.com/madang-chat/madang/socketio"
)

// A visitor is who opened a connection. It is immutable behind the handshake.
type visitor struct {
	chat.Visitor
	lang  string // "ko" or "en"
	err   error  // why no namespace lets it in
	place *place
}

type visitorKey struct{}

// visitorOf finds the visitor in a context of a socket.
func visitorOf(ctx context.Context) *visitor { return ctx.Value(visitorKey{}).(*visitor) }

// checkOrigin refuses pages of other sites. Browsers send Origin with every WebSocket, but not with
// every GET: there Sec-Fetch-Site tells, which no page can forge, where they send it. Programs send
// neither; they may connect when they don't carry a browser's session.
func (d *Door) checkOrigin(r *http.Request) error {
	origin, site := r.Header.Get("Origin"), r.Header.Get("Sec-Fetch-Site")
	switch {
	case origin != "" && d.admits(origin, r):
		return nil
	case origin == "" && site == "same-origin":
		return nil
	case origin == "" && (site == "" || site == "none") && len(cookie.Sessions(r)) == 0:
		return nil
	}
	return chat.Fail(chat.BadOrigin, "pages of this origin may not connect")
}

// admits reports whether pages of an origin may use the server.
func (d *Door) admits(origin string, r *http.Request) bool {
	return sameHost(origin, r.Host) || d.origins[normalOrigin(origin)]
}

func sameHost(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, host)
}

func normalOrigin(origin string) string { return strings.ToLower(strings.TrimSuffix(origin, "/")) }

// admit is the middleware of both namespaces. A connection that is let into none has no use.
func (d *Door) admit(ctx context.Context, _ *socketio.Socket) error {
	v := visitorOf(ctx)
	err := v.err
	if err == nil {
		err = d.house.LockedOut(v.Visitor)
	}
	if err == nil {
		return nil
	}
	v.place.goes()
	err = d.counted(v, err)
	failure := failureOf(ctx, err).Error
	return &socketio.Error{Message: failure.Message, Data: failure, Err: internalCause(err)}
}

// grantOf is the grant for a room that the handshake brought, or "".
func grantOf(s *socketio.Socket, room string) string {
	return cookie.Grant(&http.Request{Header: s.Handshake().Header()}, room)
}
