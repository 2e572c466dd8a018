package interop

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"

	"github.com/madang-chat/madang/internal/nodetest"
)

// A broker starts for a test, and returns what a server has to be told of it.
type broker func(t *testing.T) (env []string)

// brokers are by what BUS says.
var brokers = map[string]broker{
	"redis": startRedis, "redis-sharded": startRedis, "redis-streams": startRedis,
	"postgres": func(t *testing.T) []string {
		nodetest.Need(t, nodetest.Postgres)
		return []string{"BUS_URL=" + nodetest.StartPostgres(t).URL()}
	},
	"nats": startNATS,
}

// Two processes of the server are one cluster, for the official client.
func TestCluster(t *testing.T) {
	for bus, start := range brokers {
		t.Run(bus, func(t *testing.T) {
			t.Parallel()
			twoServers(t, "cluster.mjs", append(start(t), "BUS="+bus)...)
		})
	}
}

// A client comes back to the other server, with all that it missed, where the bus keeps events.
func TestComeBackToAnotherServer(t *testing.T) {
	for _, bus := range []string{"redis-streams", "postgres"} {
		t.Run(bus, func(t *testing.T) {
			t.Parallel()
			twoServers(t, "comeback.mjs", append(brokers[bus](t), "BUS="+bus, "RECOVERY=60000")...)
		})
	}
}

// twoServers runs a script with the ports of the servers a and b.
func twoServers(t *testing.T, script string, env ...string) {
	t.Helper()
	nodetest.Need(t, nodetest.Node, nodetest.Packages)
	if os.Getenv("INTEROP_SERVER") != "" {
		t.Skip("another server may have no BUS")
	}
	a, b := start(t, "0", append(env, "NAME=a")...), start(t, "0", append(env, "NAME=b")...)
	cmd := exec.Command("node", filepath.Join("clients", script), a.port, b.port)
	cmd.Dir = "."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// startNATS starts a broker in this process.
func startNATS(t *testing.T) (env []string) {
	t.Helper()
	s, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(30 * time.Second) {
		t.Fatal("NATS doesn't start")
	}
	return []string{"BUS_URL=" + s.ClientURL()}
}

// startRedis starts a broker, and returns what a server has to be told of it.
func startRedis(t *testing.T) (env []string) {
	t.Helper()
	nodetest.Need(t, nodetest.Redis)
	path, err := nodetest.ProgramPath(nodetest.Redis)
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(nodetest.FreePort(t))
	broker := exec.Command(path, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	if err := broker.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = broker.Process.Kill(); _ = broker.Wait() })
	return []string{"BUS_URL=redis://127.0.0.1:" + port}
}
