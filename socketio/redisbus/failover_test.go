package redisbus_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/madang-chat/madang/internal/nodetest"
	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/redisbus"
	"github.com/madang-chat/madang/socketio/siotest"
)

// serverOn makes a server with a client in the room "all", on any client of Redis.
func serverOn(t *testing.T, client redis.UniversalClient, name string) *single {
	s := &single{bus: redisbus.New(client, redisbus.Options{}), log: new(nodetest.Output)}
	s.Server = siotest.NewServer(t, socketio.Options{Bus: s.bus, ServerName: name})
	s.client = siotest.Dial(t, s.Server, "/", siotest.Options{Patience: 2 * patience})
	return s
}

// When the master dies, Sentinel makes the replica one, and what was said meanwhile comes in order.
func TestSentinel(t *testing.T) {
	t.Parallel()
	master := startRedis(t)
	replica := startRedis(t, "--replicaof", "127.0.0.1 "+master.port, "--repl-diskless-sync-delay", "0")
	conf := filepath.Join(t.TempDir(), "sentinel.conf")
	port := strconv.Itoa(nodetest.FreePort(t))
	address := "127.0.0.1:" + port
	text := fmt.Sprintf("port %s\nbind 127.0.0.1\nsentinel monitor mymaster 127.0.0.1 %s 1\nsentinel down-after-milliseconds mymaster 500\n"+
		"sentinel failover-timeout mymaster 2000\n", port, master.port)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	path, err := nodetest.ProgramPath(nodetest.Redis)
	if err != nil {
		t.Fatal(err)
	}
	sentinel := exec.Command(path, conf, "--sentinel")
	if err := sentinel.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sentinel.Process.Kill(); _ = sentinel.Wait() })
	watch := redis.NewSentinelClient(&redis.Options{Addr: address})
	t.Cleanup(func() { watch.Close() })
	nodetest.Until(t, "Sentinel knows the replica", func() bool {
		list, err := watch.Replicas(context.Background(), "mymaster").Result()
		return err == nil && len(list) == 1 && list[0]["master-link-status"] == "ok"
	})

	client := func() redis.UniversalClient {
		c := redis.NewFailoverClient(&redis.FailoverOptions{MasterName: "mymaster", SentinelAddrs: []string{address}})
		t.Cleanup(func() { c.Close() })
		return c
	}
	a, b := serverOn(t, client(), "a"), serverOn(t, client(), "b")
	nodetest.Knows(t, a, "b")
	nodetest.Knows(t, b, "a")
	if err := a.Of("/").Emit("n", 0); err != nil {
		t.Fatal(err)
	}
	b.client.Expect("n", 0)

	master.stop()
	nodetest.Until(t, "both notice", func() bool { return a.bus.Health() != nil && b.bus.Health() != nil })
	for i := 1; i <= 100; i++ {
		if err := a.Of("/").Emit("n", i); err != nil {
			t.Fatal(err)
		}
	}
	nodetest.Until(t, "both have found the new master", func() bool { return a.bus.Health() == nil && b.bus.Health() == nil })
	for i := 1; i <= 100; i++ {
		b.client.Expect("n", i)
	}
	if now, err := watch.GetMasterAddrByName(context.Background(), "mymaster").Result(); err != nil || now[1] != replica.port {
		t.Errorf("the master is %v, %v", now, err)
	}
}

// Redis with TLS and a password, as those for hire are.
func TestTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pool := certificate(t, dir)
	port := strconv.Itoa(nodetest.FreePort(t))
	address := "127.0.0.1:" + port
	startRedis(t, "--tls-port", port, "--tls-cert-file", filepath.Join(dir, "cert.pem"), "--tls-key-file", filepath.Join(dir, "key.pem"),
		"--tls-ca-cert-file", filepath.Join(dir, "cert.pem"), "--tls-auth-clients", "no",
		"--user", "bus", "on", ">secret", "resetchannels", "&socket.io*", "&socket.io#*", "&socket.io-request#*",
		"-@all", "+publish", "+subscribe", "+psubscribe", "+unsubscribe", "+pubsub", "+ping")
	client := func() redis.UniversalClient {
		c := redis.NewClient(&redis.Options{Addr: address, Username: "bus", Password: "secret", TLSConfig: &tls.Config{RootCAs: pool, ServerName: "localhost"}})
		t.Cleanup(func() { c.Close() })
		return c
	}
	a, b := serverOn(t, client(), "a"), serverOn(t, client(), "b")
	nodetest.Knows(t, a, "b")
	nodetest.Knows(t, b, "a")
	if err := a.Of("/").Emit("n", []byte("binary"), "한"); err != nil {
		t.Fatal(err)
	}
	b.client.Expect("n", []byte("binary"), "한")
}

// certificate writes one for localhost that signs itself, with its key.
func certificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, der []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("cert.pem", "CERTIFICATE", cert)
	write("key.pem", "PRIVATE KEY", private)
	pool := x509.NewCertPool()
	parsed, err := x509.ParseCertificate(cert)
	if err != nil {
		t.Fatal(err)
	}
	pool.AddCert(parsed)
	return pool
}
