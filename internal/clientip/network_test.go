package clientip

import "testing"

func TestNetwork(t *testing.T) {
	for _, c := range []struct{ remote, network, shown string }{
		{"203.0.113.9:80", "203.0.113.9", "203.0.113.0/24"},
		{"[::ffff:203.0.113.9]:80", "203.0.113.9", "203.0.113.0/24"},
		{"[2001:db8:1:2:3:4:5:6]:80", "2001:db8:1:2::/64", "2001:db8:1::/48"},
		{"[fe80::1%eth0]:80", "fe80::/64", "fe80::/48"},
		{"@", "", ""},
		{"", "", ""},
	} {
		if got := Network(c.remote); got != c.network || Shown(got) != c.shown {
			t.Errorf("%s: %q shown as %q, want %q and %q", c.remote, got, Shown(got), c.network, c.shown)
		}
	}
	if got := Shown("2001:db8::1"); got != "2001:db8::/48" {
		t.Errorf("shown as %q", got)
	}
}
