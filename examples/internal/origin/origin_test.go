package origin

import (
	"net/http/httptest"
	"testing"

	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

func TestCheck(t *testing.T) {
	check := Check("http://localhost:5173")
	for origin, want := range map[string]bool{
		"":                               true,
		"http://chat.example:4000":       true,
		"https://chat.example:4000":      true, // TLS ends in front of the program
		"http://localhost:5173":          true,
		"http://localhost:5174":          false,
		"https://localhost:5173":         false,
		"http://chat.example":            false,
		"http://chat.example:4000.evil":  false,
		"http://evil/?chat.example:4000": false,
		"null":                           false,
		"%":                              false,
	} {
		r := httptest.NewRequest("GET", "http://chat.example:4000/socket.io/", nil)
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		if err := check(r); (err == nil) != want {
			t.Errorf("Origin %q: %v", origin, err)
		}
	}
}
