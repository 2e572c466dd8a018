package raid

import (
	"regexp"
	"strings"
	"testing"
)

// fullAddress is an address of somebody who came.
var fullAddress = regexp.MustCompile(`127\.0\.[0-9]+\.[1-9][0-9]*`)

// checkLog fails when the log has a line that a visitor can write at will, or tells what it mustn't.
func checkLog(t *testing.T, p *program) {
	t.Helper()
	warnings := map[string]int{}
	faults := map[string]string{}
	for line := range strings.Lines(p.log.String()) {
		switch {
		case strings.Contains(line, "level=ERROR"):
			faults["an ERROR"] = line
		case strings.Contains(line, "level=WARN"):
			warnings[kindOf(line)]++
		}
		if fullAddress.MatchString(line) {
			faults["an address"] = line
		}
		for what, secret := range map[string]string{"a password": "passw0rd", "a text": text, "a query": "password="} {
			if strings.Contains(line, secret) {
				faults[what] = line
			}
		}
		if len(line) > 4096 {
			faults["a long line"] = line[:200]
		}
	}
	for what, line := range faults {
		t.Errorf("the log has %s: %s", what, line)
	}
	for kind, n := range warnings {
		t.Logf("WARN %s: %d", kind, n)
		if most := 2 + int(length(t).Minutes()); n > most {
			t.Errorf("the log has %d warnings of %s", n, kind)
		}
	}
}

var message = regexp.MustCompile(`msg=("(?:[^"\\]|\\.)*"|\S+)`)

func kindOf(line string) string { return message.FindString(line) }
