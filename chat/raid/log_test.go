package raid

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// fullAddress is an address of somebody who came.
var fullAddress = regexp.MustCompile(`127\.0\.[0-9]+\.[1-9][0-9]*`)

// checkLog fails when the log has a line that a visitor can write at will, or tells what it mustn't.
func checkLog(t *testing.T, p *program, people []*visitor) {
	t.Helper()
	secrets := map[string]string{"a password": "passw0rd", "a text": text, "a query": "password="}
	for i, v := range people {
		secrets[fmt.Sprint("the token of person ", i)] = v.token()
	}
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
		for what, secret := range secrets {
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
		if n > 1 {
			t.Errorf("the log has %d warnings of %s", n, kind)
		}
	}
}

var kind = regexp.MustCompile(`(?:msg|limit)=(?:"(?:[^"\\]|\\.)*"|\S+)`)

// kindOf is a line's message and the limit that it is about.
func kindOf(line string) string { return strings.Join(kind.FindAllString(line, -1), " ") }
