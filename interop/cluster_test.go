package interop

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/madang-chat/madang/internal/nodetest"
)

// Two processes of the server are one cluster, for the official client.
func TestClusterOnRedis(t *testing.T) {
	nodetest.Need(t, nodetest.Redis, nodetest.Node, nodetest.Packages)
	if os.Getenv("INTEROP_SERVER") != "" {
		t.Skip("another server may have no BUS")
	}
	bus := startRedis(t)
	a, b := start(t, "0", append(bus, "NAME=a")...), start(t, "0", append(bus, "NAME=b")...)
	cmd := exec.Command("node", filepath.Join("clients", "cluster.mjs"), a.port, b.port)
	cmd.Dir = "."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// startRedis starts a broker, and returns what a server has to be told of it.
func startRedis(t *testing.T) (env []string) {
	t.Helper()
	path, err := nodetest.ProgramPath(nodetest.Redis)
	if err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	broker := exec.Command(path, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	if err := broker.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = broker.Process.Kill(); _ = broker.Wait() })
	return []string{"BUS=redis", "BUS_URL=redis://127.0.0.1:" + port}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}
