package engineio

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

var nonDigits = regexp.MustCompile(`[^0-9]`)

// jsonp reports whether the request comes from a script element, as old browsers send them, and the number
// of the function to call.
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
	// json.Marshal escapes U+2028 and U+2029, which old JavaScript takes for line ends, and <, which could end the script.
	text, _ := json.Marshal(string(body))
	dst = append(dst, "___eio["+callback+"]("...)
	dst = append(dst, text...)
	return append(dst, ");"...)
}

// formData is the payload of a form that such a client posts. The client escapes line feeds, because
// browsers turn them into pairs of carriage return and line feed.
func formData(body []byte) []byte {
	values, err := url.ParseQuery(string(body))
	if err != nil || !values.Has("d") {
		return nil
	}
	data := []byte(values.Get("d"))
	out := data[:0]
	for len(data) > 0 {
		switch {
		case bytes.HasPrefix(data, []byte(`\\n`)):
			out, data = append(out, `\n`...), data[3:]
		case bytes.HasPrefix(data, []byte(`\n`)):
			out, data = append(out, '\n'), data[2:]
		default:
			out, data = append(out, data[0]), data[1:]
		}
	}
	return out
}
