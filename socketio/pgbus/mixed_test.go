package pgbus_test

import (
	"path/filepath"
	"testing"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/mixedtest"
	"github.com/madang-chat/madang/socketio/pgbus"
)

func TestMixedCluster(t *testing.T) {
	t.Parallel()
	b := &broker{startPostgres(t), pgbus.Options{}} // the emitter of Node forgets other names
	pool, _ := connect(t, b.URL())
	mixedtest.Run(t, mixedtest.Cluster{
		Adapter: filepath.Join("testdata", "adapter.mjs"),
		Args:    []string{b.URL(), "socket.io", "socket_io_attachments"},
		Bus: func() socketio.Bus {
			pool, _ := connect(t, b.URL())
			return pgbus.New(pool, b.options)
		},
		Emitter:    pgbus.NewEmitter(pool, b.options),
		Emitted:    "g1 g2", // it says no namespace, which Node's servers need
		Namespaces: []string{"/chat", "/a b", "/한국어", "/a#b", "/it's", "/*[a]"},
	})
}
