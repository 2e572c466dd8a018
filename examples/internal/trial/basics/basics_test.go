package basics

import (
	"testing"

	"github.com/madang-chat/madang/examples/internal/trial"
	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// TestTwoTabs starts the program as its user does and looks at its page in a real browser.
func TestTwoTabs(t *testing.T) {
	p := trial.Start(t, "basics")
	trial.Browser(t, p.URL)
	p.RefusesForeign(t)
}
