// Package interop drives programs that nobody here wrote against the server of interop/server:
// every generation of the official JavaScript client, and input that no client would send.
//
// Each test has a server process of its own and can kill it. clients holds the JavaScript side.
package interop

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/nodetest"
)

// The packages of package.json that hold a client: the last one of each protocol generation,
// the first one of the current, and the newest.
var clients = []string{"client-1.4.8", "client-1.7.4", "client-2.5.0", "client-3.1.3", "client-4.0.0", "socket.io-client"}

// In upgrade a client starts by polling and goes on by WebSocket, as all do by default.
var transports = []string{"polling", "websocket", "upgrade"}

// matrixTime is how long one client may take for all its checks on a slow machine.
const matrixTime = 4 * time.Minute

func TestClients(t *testing.T) {
	nodetest.Need(t, nodetest.Packages)
	for _, client := range clients {
		for _, transport := range transports {
			t.Run(client+"/"+transport, func(t *testing.T) {
				t.Parallel()
				// Short intervals let a check see heartbeats; the long timeout never strikes.
				runChecks(t, "matrix.mjs", client, transport, "ALLOW_EIO3=1", "PING_INTERVAL=500", "PING_TIMEOUT=60000")
			})
		}
	}
}

// line is what a Node process prints: the result of a check, a wish, or the end.
type line struct {
	Name  string
	OK    bool
	Error string
	Want  string
	Done  int
}

// runChecks runs a script of the folder clients against a new server, each check as a subtest.
func runChecks(t *testing.T, script, client, transport string, env ...string) {
	srv := start(t, "0", env...)
	cmd := exec.Command("node", script, client, transport, srv.url())
	cmd.Dir = filepath.Join(nodetest.Root(), "interop", "clients")
	cmd.Stderr = os.Stderr
	in, out := nodetest.Start(t, cmd)
	timer := time.AfterFunc(matrixTime, func() { cmd.Process.Kill() })
	defer timer.Stop()

	ran, done := 0, -1
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var l line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Logf("%s", lines.Bytes())
			continue
		}
		switch {
		case l.Want == "restart":
			srv.stop(t)
			srv = start(t, srv.port, env...)
			io.WriteString(in, "restarted\n")
		case l.Name != "":
			ran++
			t.Run(strings.ReplaceAll(l.Name, " ", "_"), func(t *testing.T) {
				if !l.OK {
					t.Error(l.Error)
				}
			})
		default:
			done = l.Done
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("node: %v", err)
	}
	if ran == 0 || ran != done {
		t.Errorf("%d checks ran, and the client speaks of %d", ran, done)
	}
}
