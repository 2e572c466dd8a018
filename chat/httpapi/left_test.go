package httpapi_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/madang-chat/madang/chat"
)

// leaving is a store whose visitors leave while they are looked for.
type leaving struct {
	chat.Store
	leave context.CancelFunc // nil = they stay
}

func (s *leaving) Session(ctx context.Context, hash [32]byte) (chat.Session, error) {
	if s.leave != nil {
		s.leave()
		return chat.Session{}, context.Cause(ctx)
	}
	return chat.Session{}, errors.New("out of order")
}

// A request whose client has left is no failure of the server, in the log either.
func TestClientsThatLeave(t *testing.T) {
	store := &leaving{}
	s := openOn(t, chat.Limits{}, func(real chat.Store) chat.Store { store.Store = real; return store })
	ask := func() string {
		ctx, leave := context.WithCancel(t.Context())
		defer leave()
		if store.leave != nil {
			store.leave = leave
		}
		r := httptest.NewRequestWithContext(ctx, "GET", "/", nil)
		r.Header.Set("Cookie", "sid="+strings.Repeat("A", 43))
		before := len(s.log.String())
		s.server.Config.Handler.ServeHTTP(httptest.NewRecorder(), r)
		return s.log.String()[before:]
	}
	if log := ask(); !strings.Contains(log, "level=WARN") && !strings.Contains(log, "level=ERROR") || !strings.Contains(log, " status=50") {
		t.Errorf("a failure: %s", log)
	}
	store.leave = func() {}
	log := ask()
	for _, bad := range []string{"level=WARN", "level=ERROR", "status=5"} {
		if strings.Contains(log, bad) {
			t.Errorf("who has left: %s", log)
		}
	}
	if !strings.Contains(log, "status=499") {
		t.Errorf("who has left: %s", log)
	}
}
