package gateways

import (
	"testing"

	"github.com/madang-chat/madang/examples/internal/trial"
	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// One program after the other, since each build takes seconds.
func TestProgram(t *testing.T) {
	p := trial.Start(t, "gateways")
	port := p.Match(t, `Gateways also on port (\d+)\n`)[1]
	t.Run("sockets", func(t *testing.T) { trial.Node(t, "sockets.mjs", p.URL, "http://localhost:"+port) })
	p.Restart(t)
	t.Run("restarted", func(t *testing.T) { trial.Node(t, "restarted.mjs", p.URL) })
	t.Run("page", func(t *testing.T) { trial.Browser(t, p.URL) })
}
