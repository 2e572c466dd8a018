package clientip

import "testing"

func TestSite(t *testing.T) {
	for network, want := range map[string]string{
		"": "", "192.0.2.1": "192.0.2.1", "@": "@",
		"2001:db8:1:2::/64":             "2001:db8:1::/48",
		"2001:db8:1:ffff::/64":          "2001:db8:1::/48",
		"2001:db8:2:ffff::/64":          "2001:db8:2::/48",
		Network("[2001:db8:1:2::7]:80"): "2001:db8:1::/48",
		Network("192.0.2.1:80"):         "192.0.2.1",
	} {
		if got := Site(network); got != want {
			t.Errorf("%s: %s, want %s", network, got, want)
		}
	}
}
