package rooms

import (
	"testing"

	"github.com/madang-chat/madang/examples/internal/trial"
	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// TestClients drives the page with both clients over both transports, and compares what bare
// sockets get with the contract.
func TestClients(t *testing.T) {
	p := trial.Start(t, "rooms")
	trial.Browser(t, p.URL)
	p.Saw(t, "someone connected\n")
	p.RefusesForeign(t)
	p.Stop(t)
}
