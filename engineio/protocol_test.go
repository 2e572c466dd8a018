package engineio_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/madang-chat/madang/engineio"
)

func TestSubprotocols(t *testing.T) {
	tests := []struct {
		name   string
		offers []string // lines of the header
		want   string   // the answer; "400"
	}{
		{"none", nil, ""},
		{"one", []string{"foo"}, "foo"},
		{"the first of a list", []string{"foo, bar"}, "foo"},
		{"spaces and tabs", []string{"  foo \t,\t bar"}, "foo"},
		{"several lines", []string{"foo", "bar, baz"}, "foo"},
		{"all characters of a token", []string{"v1.a!#$%&'*+-^_`|~Z9"}, "v1.a!#$%&'*+-^_`|~Z9"},
		{"empty", []string{""}, "400"},
		{"an empty element", []string{"foo,,bar"}, "400"},
		{"a comma in front", []string{",foo"}, "400"},
		{"a comma behind", []string{"foo,"}, "400"},
		{"twice the same", []string{"foo, bar, foo"}, "400"},
		{"twice the same on two lines", []string{"foo", "foo"}, "400"},
		{"two words", []string{"foo bar"}, "400"},
		{"quotes", []string{`"foo"`}, "400"},
		{"no token behind one", []string{"foo, b@r"}, "400"},
		{"not ASCII", []string{"foo, bär"}, "400"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, engineio.Options{})
			var header []string
			for _, line := range test.offers {
				header = append(header, "Sec-WebSocket-Protocol", line)
			}
			p, _ := r.poll()
			for _, query := range []string{"EIO=4&transport=websocket", strings.Replace(p.query, "transport=polling", "transport=websocket", 1)} {
				w := r.upgrade(query, "", header...)
				if test.want == "400" {
					if w.res.StatusCode != 400 {
						t.Errorf("status %d", w.res.StatusCode)
					}
					continue
				}
				w.accepted()
				var want []string
				if test.want != "" {
					want = []string{test.want}
				}
				if got := w.res.Header.Values("Sec-Websocket-Protocol"); !slices.Equal(got, want) {
					t.Errorf("answered %q", got)
				}
			}
			p.posts("4goes on")
		})
	}
	t.Run("the application chooses", func(t *testing.T) {
		r := newRig(t, engineio.Options{Headers: func(h http.Header, _ *http.Request) { h.Set("Sec-WebSocket-Protocol", "bar") }})
		w := r.upgrade("EIO=4&transport=websocket", "", "Sec-WebSocket-Protocol", "foo, bar")
		w.accepted()
		if got := w.res.Header.Values("Sec-Websocket-Protocol"); !slices.Equal(got, []string{"bar"}) {
			t.Errorf("answered %q", got)
		}
	})
}
