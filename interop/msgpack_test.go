package interop

import (
	"testing"

	"github.com/madang-chat/madang/internal/nodetest"
)

// TestMsgpack uses the official msgpack parser on the client's side.
func TestMsgpack(t *testing.T) {
	nodetest.Need(t, nodetest.Packages)
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			runChecks(t, "msgpack.mjs", "socket.io-client", transport, "PARSER=msgpack", "ALLOW_EIO3=0", "RECOVERY=120000")
		})
	}
}

// TestParserOfOnesOwn has both ends speak what only they know.
func TestParserOfOnesOwn(t *testing.T) {
	nodetest.Need(t, nodetest.Packages)
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			runChecks(t, "parts.mjs", "socket.io-client", transport, "PARSER=parts", "ALLOW_EIO3=0", "RECOVERY=120000")
		})
	}
}
