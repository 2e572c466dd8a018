package httpapi_test

import (
	"encoding/json"
	"regexp"
	"testing"

	"github.com/madang-chat/madang/chat"
)

// failure is the form of all errors.
type failure struct {
	OK    bool `json:"ok"`
	Error struct {
		Code         string `json:"code"`
		Message      string `json:"message"`
		Retryable    bool   `json:"retryable"`
		RetryAfterMs int    `json:"retryAfterMs"`
		Field        string `json:"field"`
		Limit        string `json:"limit"`
		N            int    `json:"n"`
		Ref          string `json:"ref"`
	} `json:"error"`
}

// fails checks a JSON error.
func (a answer) fails(t *testing.T, status int, code chat.Code) failure {
	t.Helper()
	a.wants(t, status)
	var f failure
	a.decode(t, &f)
	if f.OK || f.Error.Code != string(code) || f.Error.Message == "" {
		t.Fatalf("got %s, want the error %s", a.body, code)
	}
	return f
}

// pageData is the data inside a page.
type pageData struct {
	View   string
	Lang   string
	Theme  string
	Me     struct{ ID, Name string }
	Words  map[string][][]string
	Limits map[string]any
	Rooms  []map[string]any
	Room   map[string]any
	Error  *struct {
		Code, Message, Ref, Limit string
		Status, N, RetryAfterMs   int
	}
}

var dataBlock = regexp.MustCompile(`(?s)<script type="application/json" id="data">(.*?)</script>`)

func (a answer) data(t *testing.T) (d pageData) {
	t.Helper()
	m := dataBlock.FindAllStringSubmatch(a.body, -1)
	if len(m) != 1 {
		t.Fatalf("%d data blocks in %s", len(m), a.body)
	}
	if err := json.Unmarshal([]byte(m[0][1]), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// quoted is text as JSON.
func quoted(text string) string {
	b, _ := json.Marshal(text)
	return string(b)
}
