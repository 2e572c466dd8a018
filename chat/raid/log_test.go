package raid

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// lineMost is how long a line of the log may be, whatever a visitor sends.
const lineMost = 2048

var (
	// fullAddress is an address of somebody who came; an address that is cut ends in 0 or x.
	fullAddress = regexp.MustCompile(`127\.0\.[0-9]+\.[1-9]`)
	own         = regexp.MustCompile(` metrics=\S+`) // where the program itself listens
	subject     = regexp.MustCompile(`(?:msg|limit)=(?:"(?:[^"\\]|\\.)*"|\S+)`)
)

// readLog finds what mustn't be in a log: a line of each fault, and the warnings by what they are
// about. Secrets are named by what they are.
func readLog(log string, secrets map[string]string) (faults map[string]string, warnings map[string]int) {
	faults, warnings = map[string]string{}, map[string]int{}
	for line := range strings.Lines(log) {
		switch {
		case strings.Contains(line, "level=ERROR"):
			faults["an ERROR"] = line
		case strings.Contains(line, "level=WARN"):
			warnings[strings.Join(subject.FindAllString(line, -1), " ")]++
		}
		if fullAddress.MatchString(own.ReplaceAllString(line, "")) {
			faults["an address"] = line
		}
		if len(line) > lineMost {
			faults["a long line"] = line[:lineMost] + "…"
		}
		for what, secret := range secrets {
			if strings.Contains(line, secret) {
				faults[what] = line
			}
		}
	}
	for what, n := range warnings {
		if n > 1 {
			faults["a repeated warning"] = fmt.Sprintf("%d times %s", n, what)
		}
	}
	return faults, warnings
}

// checkLog fails when the program has logged what it mustn't.
func checkLog(t *testing.T, p *program, people []*visitor) {
	t.Helper()
	secrets := map[string]string{"a password": "passw0rd", "a text": text, "a query": "password="}
	for i, v := range people {
		secrets[fmt.Sprint("the token of person ", i)] = v.token()
	}
	faults, warnings := readLog(p.log.String(), secrets)
	for what, n := range warnings {
		t.Logf("WARN %d × %s", n, what)
	}
	for what, line := range faults {
		t.Errorf("the log has %s: %s", what, line)
	}
}

// TestLogFaults shows logs with faults to what reads them, so that it can't be blind.
func TestLogFaults(t *testing.T) {
	const warning = `level=WARN msg="a limit \"refuses\"" limit=guesses address=127.0.0.0/24` + "\n"
	for _, c := range []struct{ log, fault string }{
		{"level=INFO msg=request path=/room/x\n" + warning, ""},
		{warning + `level=WARN msg="a limit \"refuses\"" limit=sockets address=127.0.0.0/24` + "\n", ""},
		{warning + warning, "a repeated warning"},
		{"level=ERROR msg=x\n", "an ERROR"},
		{"level=INFO msg=x from=127.0.0.17:4711\n", "an address"},
		{"level=INFO msg=x path=/?password=1\n", "a query"},
		{"level=INFO msg=" + strings.Repeat("x", lineMost) + "\n", "a long line"},
	} {
		faults, _ := readLog(c.log, map[string]string{"a query": "password="})
		if _, found := faults[c.fault]; len(faults) > 1 || found != (c.fault != "") || len(faults) == 1 && !found {
			t.Errorf("%q: %v, want %q", c.log, faults, c.fault)
		}
	}
}
