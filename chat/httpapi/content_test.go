package httpapi_test

import (
	"strings"
	"testing"
)

// One range is answered as such; many cost more than the file, so who asks for them gets the file.
func TestManyRangesGetTheWhole(t *testing.T) {
	s := openPlain(t)
	b := s.browser()
	id := b.open(`{"title":"마당"}`)
	b.sit(id)
	var p posted
	b.upload(id, field{name: "gif", file: "a.gif", value: picture(t)}).decode(t, &p)
	many := "Range: bytes=0-0" + strings.Repeat(",0-0", 2000)
	for _, path := range []string{"/assets/page-1.js", "/about.png", "/gif/" + p.GIF} {
		whole := b.get(path, "Accept-Encoding: identity")
		whole.wants(t, 200)
		for _, ranges := range []string{many, "Range: bytes=0-0,2-3", "Range: bytes=0-0,"} {
			a := b.get(path, "Accept-Encoding: identity", ranges)
			a.wants(t, 200)
			if a.body != whole.body {
				t.Errorf("%s: %d bytes", path, len(a.body))
			}
		}
		a := b.get(path, "Accept-Encoding: identity", "Range: bytes=1-3")
		a.wants(t, 206)
		if a.body != whole.body[1:4] {
			t.Errorf("%s: %q", path, a.body)
		}
	}
}
