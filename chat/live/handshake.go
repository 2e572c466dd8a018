package live

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/cookie"
	"github.com/madang-chat/madang/internal/clientip"
	"github.com/madang-chat/madang/socketio"
)

// A visitor is who opened a connection. It is immutable.
type visitor struct {
	chat.Visitor
	lang string // "ko" or "en"
	err  error  // why there is no identity
}

type visitorKey struct{}

// visitorOf finds the visitor in a context of a socket.
func visitorOf(ctx context.Context) *visitor { return ctx.Value(visitorKey{}).(*visitor) }

// allow refuses pages of other sites. Browsers send Origin with every WebSocket, but not with a GET
// to the page's own site: there Sec-Fetch-Site tells, which no page can forge. Programs send
// neither; they may connect when they don't carry a browser's session.
func (d *Door) allow(r *http.Request) error {
	origin := r.Header.Get("Origin")
	switch {
	case origin == "" && r.Header.Get("Sec-Fetch-Site") == "same-origin":
		return nil
	case origin == "" && len(cookie.Sessions(r)) == 0:
		return nil
	case origin != "" && (sameHost(origin, r.Host) || d.origins[normalOrigin(origin)]):
		return nil
	}
	return chat.Fail(chat.BadOrigin, "pages of this origin may not connect")
}

func sameHost(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, host)
}

func normalOrigin(origin string) string { return strings.ToLower(strings.TrimSuffix(origin, "/")) }

// recognise looks the session up, once for each connection and in the goroutine of its first
// request.
func (d *Door) recognise(ctx context.Context, r *http.Request) context.Context {
	v := &visitor{Visitor: chat.Visitor{From: clientip.Network(r.RemoteAddr)}, lang: cookie.Language(r), err: chat.Fail(chat.Unauthorized, "no session")}
	for _, token := range cookie.Sessions(r) {
		if v.Identity, v.err = d.house.Identity(r.Context(), token); chat.CodeOf(v.err) != chat.Unauthorized {
			break
		}
	}
	return context.WithValue(ctx, visitorKey{}, v)
}

// admit is the middleware of both namespaces.
func admit(ctx context.Context, _ *socketio.Socket) error {
	v := visitorOf(ctx)
	if v.err == nil {
		return nil
	}
	failure := failureOf(v.err, v.lang).Error
	return &socketio.Error{Message: failure.Message, Data: failure, Err: internalCause(v.err)}
}

// grantOf is the grant for a room that the handshake brought, or "".
func grantOf(s *socketio.Socket, room string) string {
	return cookie.Grant(&http.Request{Header: s.Handshake().Header()}, room)
}
