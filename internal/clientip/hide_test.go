package clientip

import "testing"

func TestHide(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "no address": "no address", "12:34:56 v1.2.3 deadbeef ::: a.b": "12:34:56 v1.2.3 deadbeef ::: a.b",
		"TLS handshake error from 192.0.2.7:4711: EOF": "TLS handshake error from 192.0.2.0/24: EOF",
		"192.0.2.7":                           "192.0.2.0/24",
		`a handshake from "192.0.2.7" beyond`: `a handshake from "192.0.2.0/24" beyond`,
		"from 192.0.2.7.":                     "from 192.0.2.0/24.",
		"from [2001:db8:1:2::7]:443: EOF, [fe80::7%eth0]:1":   "from 2001:db8:1::/48: EOF, fe80::/48",
		"2001:db8:1:2::7, ::ffff:192.0.2.7 and [2001:db8::9]": "2001:db8:1::/48, 192.0.2.0/24 and 2001:db8::/48",
		"read tcp 10.0.0.1:8005->192.0.2.7:4711: i/o timeout": "read tcp 10.0.0.0/24->192.0.2.0/24: i/o timeout",
	} {
		if got := Hide(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}
