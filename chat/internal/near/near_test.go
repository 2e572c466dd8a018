package near

import (
	"testing"

	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

func TestOf(t *testing.T) {
	names := []string{"listen", "limit", "log", "log-level", "마당"}
	for word, want := range map[string]string{
		"listen": "listen", "lisn": "", "lsten": "listen", "lsiten": "listen", "limits": "limit", "lgo": "", "lag": "log", "loglevel": "log-level", "log_level": "log-level",
		"마당이": "마당", "": "", "x": "", "elephant": "",
	} {
		if got := Of(word, names); got != want {
			t.Errorf("%q is like %q, want %q", word, got, want)
		}
	}
	if got := Meant("lag", names) + Meant("elephant", names); got != `, did you mean "log"?` {
		t.Error(got)
	}
}
