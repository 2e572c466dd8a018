package engineio

import (
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
)

func TestQuery(t *testing.T) {
	queries := []string{
		"", "&", "=", "sid", "sid=", "sid=a", "sid=a&sid=b", "sid=&sid=b", "EIO=4&transport=polling&sid=abc-_", "xsid=a&sid=b", "sid=a=b", "sid=a+b%20c",
		"s%69d=a", "sid=%zz&sid=b", "%zz=a&sid=b", "sid=a;b&sid=c", "s;id=a&sid=c", "sid%3Da=b&sid=c", "&&sid=a&&", "SID=a", "sid=%00%ff", "sid=a#b",
	}
	random := rand.New(rand.NewPCG(1, 2))
	parts := []string{"sid", "EIO", "b64", "transport", "=", "&", "%", "%41", "+", ";", "x", "s", "d", "%73"}
	for range 5000 {
		var b strings.Builder
		for range random.IntN(12) {
			b.WriteString(parts[random.IntN(len(parts))])
		}
		queries = append(queries, b.String())
	}
	for _, q := range queries {
		values, _ := url.ParseQuery(q)
		want := query{values.Get("transport"), values.Get("sid"), values.Get("EIO"), values.Get("b64")}
		if got := parseQuery(q); got != want {
			t.Errorf("%q is %+v, want %+v", q, got, want)
		}
	}
}
