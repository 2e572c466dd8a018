package encoding

import (
	"net/http"
	"testing"

	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

func TestChoose(t *testing.T) {
	for accept, want := range map[string]string{
		"":                         "",
		"gzip":                     "gzip",
		"GZIP":                     "gzip",
		"gzip, deflate, br, zstd":  "br",
		"gzip;q=1.0, br;q=0.9":     "gzip",
		"gzip ; Q = 0.5 , br":      "br",
		"br;q=0, gzip;q=0.001":     "gzip",
		"br;q=0":                   "",
		"br;q=x, gzip;q=NaN":       "",
		"br;q=-1, gzip;q=7":        "",
		"zstd, identity":           "",
		"x-br, bro, br-x":          "",
		"*":                        "br",
		"*;q=0":                    "",
		"*;q=0, gzip":              "gzip",
		"*, br;q=0":                "gzip",
		"br;q=0, *;q=0.1":          "gzip",
		"identity, br":             "br",
		"identity, br;q=0.5":       "",
		"identity;q=0.5, br;q=0.6": "br",
		"identity;q=0.5, *;q=0":    "",
		"identity;q=0":             "",
		"identity;q=0, gzip;q=0.1": "gzip",
		"identity;q=0, *":          "br",
		" , ;q=1, gzip":            "gzip",
	} {
		if got := Choose(http.Header{"Accept-Encoding": {accept}}, "br", "gzip"); got != want {
			t.Errorf("%q: %q, want %q", accept, got, want)
		}
	}
}

func TestChooseFromSeveralLines(t *testing.T) {
	h := http.Header{"Accept-Encoding": {"deflate", "gzip;q=0.5"}}
	if got := Choose(h, "gzip", "deflate"); got != "deflate" {
		t.Errorf("chose %q", got)
	}
	if got := Choose(h); got != "" {
		t.Errorf("chose %q of nothing", got)
	}
	if got := Choose(nil, "gzip"); got != "" {
		t.Errorf("without a header: chose %q", got)
	}
}
