package nodetest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

// A PostgresServer is one of a test, which nobody else uses: on a port of the loopback, with its
// data in a folder of its own. What it holds survives Stop, but not the computer's end.
type PostgresServer struct {
	t    testing.TB
	bin  string // where the programs are
	dir  string
	port string

	mu  sync.Mutex
	cmd *exec.Cmd // nil: it is stopped; guarded by mu
}

// StartPostgres makes a server with settings such as "max_connections=200", and starts it. It ends
// with the test.
func StartPostgres(t testing.TB, settings ...string) *PostgresServer {
	t.Helper()
	Need(t, Postgres)
	path, err := ProgramPath(Postgres)
	if err == nil {
		path, err = filepath.EvalSymlinks(path) // the other programs are beside it
	}
	if err != nil {
		t.Fatal(err)
	}
	// Not of the test: PostgreSQL refuses to be root, and another user has to get there.
	dir, err := os.MkdirTemp("", "postgres-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	port := strconv.Itoa(FreePort(t))
	if err := giveAway(dir); err != nil {
		t.Fatal(err)
	}
	p := &PostgresServer{t: t, bin: filepath.Dir(path), dir: dir, port: port}
	p.run("initdb", "--no-sync", "--auth=trust", "--username=madang", "--encoding=UTF8", "--no-locale", "--pgdata="+p.data())
	conf := "listen_addresses='127.0.0.1'\nunix_socket_directories=''\nfsync=off\nsynchronous_commit=off\nfull_page_writes=off\nshared_buffers='16MB'\nport=" + port + "\n"
	for _, setting := range settings {
		conf += setting + "\n"
	}
	f, err := os.OpenFile(filepath.Join(p.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString(conf)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatalf("set PostgreSQL up: %v", err)
	}
	t.Cleanup(p.Stop)
	p.Start()
	return p
}

// URL is where a client connects.
func (p *PostgresServer) URL() string {
	return "postgres://madang@127.0.0.1:" + p.port + "/postgres?sslmode=disable"
}

// Start starts it on the same port, with the same data, unless it runs. It waits until clients can
// connect.
func (p *PostgresServer) Start() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil {
		return
	}
	log, err := os.Create(filepath.Join(p.dir, "log"))
	if err != nil {
		p.t.Fatal(err)
	}
	defer log.Close()
	cmd := p.command(string(Postgres), "-D", p.data())
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		p.t.Fatalf("start PostgreSQL: %v", err)
	}
	p.cmd = cmd
	for range 1000 {
		err := p.command("pg_isready", "--quiet", "--host=127.0.0.1", "--port="+p.port).Run()
		if err == nil {
			return
		}
		if !errors.As(err, new(*exec.ExitError)) {
			p.t.Fatalf("ask PostgreSQL: %v", err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	said, _ := os.ReadFile(log.Name())
	p.t.Fatalf("PostgreSQL doesn't answer:\n%s", said)
}

// Stop ends it at once, with all connections, as an accident does.
func (p *PostgresServer) Stop() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return
	}
	err := p.command("pg_ctl", "stop", "--silent", "--mode=immediate", "--pgdata="+p.data()).Run()
	if err != nil {
		_ = p.cmd.Process.Kill() // it hasn't come up, or is hung
	}
	_ = p.cmd.Wait() // it says that it was stopped
	p.cmd = nil
}

func (p *PostgresServer) data() string { return filepath.Join(p.dir, "data") }

// run waits for a program's end.
func (p *PostgresServer) run(program string, args ...string) {
	p.t.Helper()
	if out, err := p.command(program, args...).CombinedOutput(); err != nil {
		p.t.Fatalf("%s: %v\n%s", program, err, out)
	}
}

// command is one of PostgreSQL's programs, run as whoever owns the data.
func (p *PostgresServer) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(p.bin, program), args...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "PGUSER=madang", "PGDATABASE=postgres")
	asOwner(cmd, p.dir)
	return cmd
}

// postgresPath finds the newest where Debian has them.
func postgresPath() (string, error) {
	best, newest := "", 0
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	for _, path := range found {
		version, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
		if version > newest {
			best, newest = path, version
		}
	}
	if best == "" {
		return "", fmt.Errorf("no %s in the PATH or below /usr/lib/postgresql", Postgres)
	}
	return best, nil
}
