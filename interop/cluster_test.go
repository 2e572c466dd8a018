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
	path, err := nodetest.ProgramPath(nodetest.Redis)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	l.Close()
	broker := exec.Command(path, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	if err := broker.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = broker.Process.Kill(); _ = broker.Wait() })
	bus := []string{"BUS=redis", "BUS_URL=redis://127.0.0.1:" + port}
	a, b := start(t, "0", append(bus, "NAME=a")...), start(t, "0", append(bus, "NAME=b")...)
	cmd := exec.Command("node", filepath.Join("clients", "cluster.mjs"), a.port, b.port)
	cmd.Dir = "."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
