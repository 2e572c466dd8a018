package httpapi_test

import (
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
)

// A token that is old is replaced at the next visit, by the same one for requests at the same time.
func TestS3SessionCookieIsReplaced(t *testing.T) {
	s := openLimited(t, chat.Limits{SessionRenew: time.Nanosecond})
	s.server.Start()
	b := s.browser()
	old := cookieOf(t, b.visit("/"), "sid").Value
	id := b.identity()
	next := cookieOf(t, b.visit("/"), "sid")
	if next.Value == old || next.MaxAge != halfYear || b.identity() != id {
		t.Errorf("the second visit sets %v", next)
	}
	if again := cookieOf(t, b.visit("/"), "sid").Value; again != next.Value {
		t.Errorf("the third visit sets another token")
	}
	// A request under way still has the old one, which mustn't take the new one's place.
	a := s.browser().visit("/", "Cookie: sid="+old)
	if d := a.data(t); len(a.Cookies()) != 0 || d.Me.ID != id.ID {
		t.Errorf("the old token is answered as %+v, with %v", d.Me, a.Cookies())
	}
}
