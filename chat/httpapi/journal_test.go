package httpapi_test

import (
	"bytes"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// journal collects the log.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer // guarded by mu
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

// lines counts those that have a part.
func (j *journal) lines(part string) (n int) {
	for line := range strings.Lines(j.String()) {
		if strings.Contains(line, part) {
			n++
		}
	}
	return n
}

// secrets are what tests take for passwords and texts, and what no line may hold of anybody:
// tokens, grants, addresses.
var secrets = regexp.MustCompile(`s3cret|pass word|안녕|봐요|[^\w-][\w-]{43}[^\w-]|` +
	`(?:127\.0\.0|192\.0\.2|198\.51\.100|203\.0\.113)\.[1-9]\d*|2001:db8:[0-9a-f:]*[0-9a-f]\b`)

// check is for the end of a test: S10 is about all that was logged.
func (j *journal) check(t *testing.T) {
	for line := range strings.Lines(j.String()) {
		if found := secrets.FindString(line); found != "" {
			t.Errorf("S10: the log holds %q: %s", found, line)
		}
	}
}
