package native

import (
	"path/filepath"
	"testing"

	"github.com/madang-chat/madang/examples/internal/trial"
	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// The page is served, and opened from disk as the tutorial's is.
func TestPage(t *testing.T) {
	p := trial.Start(t, "native-ws")
	file, err := filepath.Abs("../../../native-ws/page.html")
	if err != nil {
		t.Fatal(err)
	}
	trial.Browser(t, p.URL, "file://"+filepath.ToSlash(file))
	p.Saw(t, "Received: Client message: Hi!\nReceived: Client message: Hi!\n")
}
