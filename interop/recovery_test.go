package interop

import (
	"testing"

	"github.com/madang-chat/madang/internal/nodetest"
)

// TestRecovery breaks connections of the newest client while others go on sending.
func TestRecovery(t *testing.T) {
	nodetest.Need(t, nodetest.Packages)
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			runChecks(t, "recovery.mjs", "socket.io-client", transport, "RECOVERY=120000")
		})
	}
}
