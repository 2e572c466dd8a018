package interop

import (
	"testing"

	"github.com/madang-chat/madang/internal/nodetest"
)

// TestHandshakeOptions goes through the options of the newest client that say how it connects.
func TestHandshakeOptions(t *testing.T) {
	nodetest.Need(t, nodetest.Packages)
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			runChecks(t, "handshake.mjs", "socket.io-client", transport, "MODE=handshake")
		})
	}
}
