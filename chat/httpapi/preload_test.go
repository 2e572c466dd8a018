package httpapi_test

import (
	"compress/gzip"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/madang-chat/madang/chat/httpapi"
)

var preload = regexp.MustCompile(`<link rel="modulepreload" href="/assets/(.*?)-1\.js">`)

// A page tells the browser of the files that its view and its language begin with, and of no
// others.
func TestPageNamesItsFiles(t *testing.T) {
	s := openPlain(t)
	owner, guest := s.browser(), s.browser()
	id := owner.open(`{"title":"마당"}`)
	locked := owner.open(`{"title":"locked","password":"pass word"}`)
	for _, c := range []struct{ path, lang, want string }{
		{"/", "ko", "ko lobby shared"},
		{"/", "en", "en lobby shared"},
		{"/room", "ko", "ko lobby shared"},
		{"/room/" + id, "en", "en room"},
		{"/room/" + locked, "ko", "gate ko"},
		{"/r/nobody-has-it", "ko", "ko offer"},
		{"/nothing", "en", "en error"},
	} {
		page := guest.visit(c.path, "Accept-Language: "+c.lang)
		var got []string
		for _, m := range preload.FindAllStringSubmatch(page.body, -1) {
			got = append(got, m[1])
		}
		slices.Sort(got)
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s in %s begins with %v", c.path, c.lang, got)
		}
	}
	if a := guest.get("/manifest.json"); a.StatusCode != 404 {
		t.Errorf("the list of files is served: %d", a.StatusCode)
	}
}

func TestPageIsCompressed(t *testing.T) {
	b := openPlain(t).browser()
	plain := b.visit("/", "Accept-Encoding: identity")
	packed := b.visit("/", "Accept-Encoding: gzip, br")
	if plain.Header.Get("Content-Encoding") != "" || packed.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("Content-Encoding %q and %q", plain.Header.Get("Content-Encoding"), packed.Header.Get("Content-Encoding"))
	}
	z, err := gzip.NewReader(strings.NewReader(packed.body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil || string(text) != plain.body {
		t.Errorf("the compressed page is another one: %v", err)
	}
	if !strings.Contains(packed.Header.Get("Vary"), "Accept-Encoding") {
		t.Errorf("Vary: %s", packed.Header.Get("Vary"))
	}
}

func TestNewRefusesAnIncompleteBuild(t *testing.T) {
	for name, list := range map[string]string{"none": "", "broken": "{", "no texts": `{"src/lobby.tsx":{"file":"x.js"}}`,
		"no import": strings.Replace(string(built["manifest.json"].Data), `"_shared.js":`, `"_other.js":`, 1)} {
		web := fstest.MapFS{"index.html": built["index.html"]}
		if list != "" {
			web["manifest.json"] = &fstest.MapFile{Data: []byte(list)}
		}
		if h, err := httpapi.New(httpapi.Options{Web: web}); err == nil || h != nil {
			t.Errorf("%s: New = %v, %v", name, h, err)
		}
	}
}
