// Cluster starts a Redis, two servers in Go, one of Node, and nginx in front of them, with a page
// that shows who is where:
//
//	make cluster
//
// It needs redis-server, nginx and Node. Each connection goes to the next server; kill one of them
// and see what happens. Ctrl+C ends all.
package main

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"text/template"
	"time"
)

func main() {
	log.SetFlags(0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	run := up
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		run = serve
	}
	if err := run(ctx); err != nil {
		log.Fatal("cluster: ", err)
	}
}

// patience is how long each program may take to start.
const patience = 30 * time.Second

//go:embed nginx.conf
var nginxConf string

// A server is one of the cluster.
type server struct {
	Name, Port string
	command    *exec.Cmd
}

// up starts all programs and waits for the first one that ends, or for Ctrl+C.
func up(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	programs, err := find("redis-server", "nginx", "node")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "cluster")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	self, err := os.Executable()
	if err != nil {
		return err
	}
	ports, err := freePorts(4)
	if err != nil {
		return err
	}
	front := cmp.Or(os.Getenv("PORT"), "3000")
	redis := "redis://127.0.0.1:" + ports[3]
	servers := []server{
		{"go-1", ports[0], exec.CommandContext(ctx, self, "serve")},
		{"go-2", ports[1], exec.CommandContext(ctx, self, "serve")},
		{"node-1", ports[2], exec.CommandContext(ctx, programs["node"], "node.mjs")},
	}
	conf, err := configure(dir, front, servers)
	if err != nil {
		return err
	}

	broker, end := context.WithCancel(context.Background()) // it ends behind the servers
	defer end()
	var brokers, others sync.WaitGroup
	defer brokers.Wait()
	defer end()
	defer others.Wait()
	defer cancel()
	ended := make(chan error, 5)
	start := func(all *sync.WaitGroup, name, port string, cmd *exec.Cmd) error {
		cmd.Stderr = &prefixed{name: name}
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
		cmd.WaitDelay = patience
		if err := cmd.Start(); err != nil {
			return fmt.Errorf("start %s: %w", name, err)
		}
		all.Go(func() {
			err := cmd.Wait()
			log.Printf("%-7s has ended: %v", name, err)
			if name == "redis" || name == "nginx" { // the others may be killed to see what happens
				ended <- fmt.Errorf("%s has ended: %w", name, err)
			}
		})
		return listening(ctx, name, port)
	}
	if err := start(&brokers, "redis", ports[3], exec.CommandContext(broker, programs["redis-server"], "--port", ports[3],
		"--bind", "127.0.0.1", "--save", "", "--dir", dir, "--loglevel", "warning")); err != nil {
		return err
	}
	for _, s := range servers {
		s.command.Env = append(os.Environ(), "NAME="+s.Name, "PORT="+s.Port, "REDIS="+redis)
		if err := start(&others, s.Name, s.Port, s.command); err != nil {
			return err
		}
		log.Printf("%-7s is process %d, on port %s", s.Name, s.command.Process.Pid, s.Port)
	}
	if err := start(&others, "nginx", front, exec.CommandContext(ctx, programs["nginx"], "-p", dir, "-c", conf, "-e", "stderr")); err != nil {
		return err
	}
	fmt.Printf("Open http://localhost:%s in several tabs\n", front)
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return nil
	}
}

// find looks for programs, also where the PATH of most users doesn't lead.
func find(names ...string) (map[string]string, error) {
	found := make(map[string]string)
	var missing []error
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err != nil {
			path, err = exec.LookPath(filepath.Join("/usr/sbin", name))
		}
		if err != nil {
			missing = append(missing, fmt.Errorf("%s isn't installed", name))
		}
		found[name] = path
	}
	return found, errors.Join(missing...)
}

func freePorts(n int) (ports []string, err error) {
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() // not before all are found
		ports = append(ports, strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
	}
	return ports, nil
}

// configure writes what nginx reads, and returns where it is.
func configure(dir, port string, servers []server) (string, error) {
	var text bytes.Buffer
	if err := template.Must(template.New("nginx").Parse(nginxConf)).Execute(&text, map[string]any{"Port": port, "Servers": servers}); err != nil {
		return "", err
	}
	conf := filepath.Join(dir, "nginx.conf")
	return conf, os.WriteFile(conf, text.Bytes(), 0o600)
}

// listening waits until a program answers on its port.
func listening(ctx context.Context, name, port string) error {
	for end := time.Now().Add(patience); time.Now().Before(end) && ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			return conn.Close()
		}
	}
	return fmt.Errorf("%s doesn't listen on port %s", name, port)
}

// prefixed writes lines with the name of the program that they are of.
type prefixed struct {
	name string
	line []byte
}

func (p *prefixed) Write(text []byte) (int, error) {
	p.line = append(p.line, text...)
	for {
		line, rest, found := bytes.Cut(p.line, []byte("\n"))
		if !found {
			return len(text), nil
		}
		log.Printf("%-7s %s", p.name, line)
		p.line = rest
	}
}
