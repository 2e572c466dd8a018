package wire_test

import (
	"testing"

	"github.com/madang-chat/madang/chat/wire"
)

func TestLang(t *testing.T) {
	for _, c := range []struct{ chosen, accepted, want string }{
		{"", "", "ko"},
		{"en", "ko-KR,ko;q=0.9", "en"},
		{"ko", "en", "ko"},
		{"fr", "en-US,en;q=0.9", "en"},
		{"", "en-US,en;q=0.9,ko;q=0.8", "en"},
		{"", "fr-FR, ko;q=0.5, en;q=0.4", "ko"},
		{"", "KO-kr", "ko"},
		{"", "enough,koala", "ko"},
		{"", "fr", "ko"},
	} {
		if got := wire.Lang(c.chosen, c.accepted); got != c.want {
			t.Errorf("chosen %q, accepted %q: %q, want %q", c.chosen, c.accepted, got, c.want)
		}
	}
}
