package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// A peer is a server program to measure.
type peer struct {
	Name    string
	Version string
	command []string
	dir     string   // where it runs
	env     []string // for it
	ready   string   // what it prints before its port; "" = "ready "
	only    []string // the workloads that it knows; nil = all
	wide    bool     // it has every CPU, the generator's too
}

func (p peer) does(workload string) bool { return p.only == nil || slices.Contains(p.only, workload) }

// errAbsent tells that a tool of a peer is missing, which is no fault.
var errAbsent = errors.New("missing")

// A maker finds or builds a known peer. root is the repository, tmp takes what is built.
type maker struct {
	name string
	make func(ctx context.Context, root, tmp string) (peer, error)
}

// makers of the peers that need no more than their name.
var makers = []maker{
	{name: "madang", make: makeMadang},
	{name: "node", make: makeNode},
	{name: "bun", make: makeBun},
	{name: "socketioxide", make: makeRust},
	{name: "limit", make: makeLimit("limit")},
	{name: "limit-batch", make: makeLimit("limit-batch", "BATCH=1")},
	{name: "net/http", make: makeFloor},
	{name: "madang-wide", make: makeWide},
}

// enter finds or builds the programs of the peers; name@VARIABLE=value is one with something in its
// environment. Absent tells why some are left out.
func enter(ctx context.Context, names, tmp string) (racers []peer, absent []string, err error) {
	root, err := repository(ctx)
	if err != nil {
		return nil, nil, err
	}
	for full := range strings.SplitSeq(names, ",") {
		name, variables, varied := strings.Cut(full, "@")
		name, command, given := strings.Cut(name, "=")
		if given {
			racers = append(racers, peer{Name: name, command: strings.Fields(command), dir: root})
			continue
		}
		i := slices.IndexFunc(makers, func(m maker) bool { return m.name == name })
		if i < 0 {
			return nil, nil, fmt.Errorf("there is no peer %q; name=command is another server", name)
		}
		p, err := makers[i].make(ctx, root, tmp)
		switch {
		case errors.Is(err, errAbsent):
			why := fmt.Sprintf("%s: %v", name, err)
			fmt.Fprintln(os.Stderr, "without", why)
			absent = append(absent, why)
		case err != nil:
			return nil, nil, fmt.Errorf("peer %s: %w", name, err)
		default:
			p.Name, p.dir = full, root
			if varied {
				p.env = slices.Concat(p.env, strings.Split(variables, "@"))
			}
			racers = append(racers, p)
		}
	}
	if len(racers) == 0 {
		return nil, nil, errors.New("no peer is there")
	}
	return racers, absent, nil
}

func makeMadang(ctx context.Context, root, tmp string) (peer, error) {
	program := filepath.Join(tmp, "server")
	if err := execute(ctx, root, "go", "build", "-o", program, "./bench/server"); err != nil {
		return peer{}, err
	}
	return peer{Version: commit(ctx, root), command: []string{program}}, nil
}

func commit(ctx context.Context, root string) string {
	name, err := exec.CommandContext(ctx, "git", "-C", root, "describe", "--always", "--dirty").Output()
	if err != nil {
		name = []byte("unknown") // a copy without git
	}
	return "commit " + strings.TrimSpace(string(name))
}

func makeWide(ctx context.Context, root, tmp string) (peer, error) {
	p, err := makeMadang(ctx, root, tmp)
	p.wide = true
	return p, err
}

func makeNode(ctx context.Context, root, _ string) (peer, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return peer{}, fmt.Errorf("node is %w", errAbsent)
	}
	version, err := exec.CommandContext(ctx, node, "--version").Output()
	if err != nil {
		return peer{}, fmt.Errorf("ask node for its version: %w", err)
	}
	socketIO, err := packageVersion(root, "socket.io")
	if err != nil {
		return peer{}, err
	}
	return peer{
		Version: "socket.io " + socketIO + " on Node " + strings.Trim(string(version), "v\n"),
		command: []string{node, filepath.Join(root, "bench", "node", "server.mjs")},
	}, nil
}

// makeBun installs Bun from npm, once.
func makeBun(ctx context.Context, root, _ string) (peer, error) {
	dir := filepath.Join(root, "bench", "bun")
	// npm writes this file last.
	if _, err := os.Stat(filepath.Join(dir, "node_modules", ".package-lock.json")); err != nil {
		if _, err := exec.LookPath("npm"); err != nil {
			return peer{}, fmt.Errorf("npm, which installs it, is %w", errAbsent)
		}
		if err := execute(ctx, dir, "npm", "ci", "--no-audit", "--no-fund"); err != nil {
			return peer{}, fmt.Errorf("%w: %w", errAbsent, err)
		}
	}
	versions := map[string]string{"bun": "", "socket.io": "", "@socket.io/bun-engine": ""}
	for name := range versions {
		var err error
		if versions[name], err = packageVersion(dir, name); err != nil {
			return peer{}, err
		}
	}
	return peer{
		Version: fmt.Sprintf("socket.io %s on @socket.io/bun-engine %s and Bun %s", versions["socket.io"], versions["@socket.io/bun-engine"], versions["bun"]),
		command: []string{filepath.Join(dir, "node_modules", ".bin", "bun"), filepath.Join(dir, "server.mjs")},
	}, nil
}

// makeRust compiles the peer on socketioxide, which takes minutes the first time.
func makeRust(ctx context.Context, root, _ string) (peer, error) {
	cargo, err := exec.LookPath("cargo")
	if err != nil {
		return peer{}, fmt.Errorf("cargo is %w", errAbsent)
	}
	dir := filepath.Join(root, "bench", "rust")
	target := filepath.Join(dir, ".build")
	if err := execute(ctx, dir, cargo, "build", "--release", "--locked", "--target-dir", target); err != nil {
		return peer{}, fmt.Errorf("%w: %w", errAbsent, err)
	}
	lock, err := os.ReadFile(filepath.Join(dir, "Cargo.lock"))
	if err != nil {
		return peer{}, err
	}
	_, rest, _ := strings.Cut(string(lock), "name = \"socketioxide\"\nversion = \"")
	version, _, _ := strings.Cut(rest, `"`)
	_, rest, _ = strings.Cut(string(lock), "name = \"axum\"\nversion = \"")
	axum, _, _ := strings.Cut(rest, `"`)
	return peer{
		Version: fmt.Sprintf("socketioxide %s on axum %s, release with fat LTO and mimalloc, synchronous handlers", version, axum),
		command: []string{filepath.Join(target, "release", "peer")},
	}, nil
}

// makeLimit makes the program that does the least a server can do.
func makeLimit(name string, env ...string) func(ctx context.Context, root, tmp string) (peer, error) {
	return func(ctx context.Context, root, tmp string) (peer, error) {
		program := filepath.Join(tmp, name)
		if err := execute(ctx, root, "go", "build", "-o", program, "./bench/limit"); err != nil {
			return peer{}, err
		}
		p := peer{Version: "one epoll thread that slices bytes, one write per message", command: []string{program}, env: env}
		p.only = []string{"idle", "heartbeat", "connects", "echo-1", "echo-32", "broadcast-1", "broadcast-8", "broadcast-64"}
		if len(env) > 0 {
			p.Version = "the same, one write for all that is due to a client"
			p.only = p.only[3:]
		}
		return p, nil
	}
}

func makeFloor(ctx context.Context, root, tmp string) (peer, error) {
	program := filepath.Join(tmp, "floor")
	if err := execute(ctx, root, "go", "build", "-o", program, "./bench/floor"); err != nil {
		return peer{}, err
	}
	return peer{Version: "a handler that does the two requests of a long-polling echo and nothing else", command: []string{program}, only: []string{"polling"}}, nil
}

func execute(ctx context.Context, dir, command string, args ...string) error {
	cmd := exec.CommandContext(ctx, command, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", filepath.Base(command), strings.Join(args, " "), err, out)
	}
	return nil
}

// packageVersion is that of an installed npm package.
func packageVersion(dir, name string) (string, error) {
	text, err := os.ReadFile(filepath.Join(dir, "node_modules", name, "package.json"))
	if errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("the npm package %s is %w: run npm ci", name, errAbsent)
	}
	var described struct{ Version string }
	if err == nil {
		err = json.Unmarshal(text, &described)
	}
	if err != nil {
		return "", fmt.Errorf("read the version of %s: %w", name, err)
	}
	return described.Version, nil
}
