package httpapi_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/internal/corpus"
)

// A name that looks like markup is text in the page, and as it is in JSON.
func TestS1NicknamesAreText(t *testing.T) {
	s := openLimited(t, chat.Limits{NickChanges: -1, NickChangesPerAddress: -1, RequestsPerSecond: -1})
	s.server.Start()
	b := s.browser()
	plain := strings.Count(b.visit("/").body, "<")
	borne := 0
	for _, text := range corpus.Markup() {
		runes := []rune(text)
		body, _ := json.Marshal(map[string]string{"nickname": string(runes[:min(20, len(runes))])})
		a := b.api("PATCH", "/api/v1/me", string(body))
		if a.StatusCode == 422 {
			continue
		}
		name := a.me(t).Me.Name
		borne++
		if n := strings.Count(b.visit("/").body, "<"); n != plain {
			t.Errorf("%q makes markup", name)
		}
		if m := b.api("GET", "/api/v1/me", "").me(t); m.Me.Name != name {
			t.Errorf("%q is told as %q", name, m.Me.Name)
		}
	}
	if borne < 150 {
		t.Errorf("only %d names", borne)
	}
}
