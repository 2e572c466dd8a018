package engineio

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

var nonDigits = regexp.MustCompile(`[^0-9]`)

// jsonp reports whether the request comes from a script element, as old browsers send them, and the
// number of the function to call.
func jsonp(r *http.Request) (callback string, ok bool) {
	if !strings.Contains(r.URL.RawQuery, "j=") {
		return "", false
	}
	values, ok := r.URL.Query()["j"]
	if !ok {
		return "", false
	}
	return nonDigits.ReplaceAllString(values[0], ""), true
}

// appendCallback wraps a payload in the call of a function of the client.
func appendCallback(dst []byte, callback string, body []byte) []byte {
	// json.Marshal escapes U+2028 and U+2029, which old JavaScript takes for line ends, and <,
	// which could end the script.
	text, _ := json.Marshal(string(body))
	dst = append(dst, "___eio["+callback+"]("...)
	dst = append(dst, text...)
	return append(dst, ");"...)
}

// lineFeeds undoes what a client does to a payload before it posts it: a line feed becomes a
// backslash and an n, because browsers make two characters of it, and a backslash before an n is
// doubled.
var lineFeeds = strings.NewReplacer(`\\n`, `\n`, `\n`, "\n")

// formData is the payload of a form that such a client posts, nil when there is none.
func formData(body []byte) []byte {
	values, err := url.ParseQuery(string(body))
	if err != nil || !values.Has("d") {
		return nil
	}
	return []byte(lineFeeds.Replace(values.Get("d")))
}
