// Command bench measures Socket.IO servers against each other.
//
//	go run ./bench                                   everything, ours and Node's
//	go run ./bench -only echo-1,rooms -rounds 1      a quick look
//	go run ./bench -peers 'madang,node,old=/tmp/old' with another server
//	go run ./bench -cluster                          servers that are one, on each broker
//	go run ./bench -page                             the chat's page, in a browser on 4G
//
// A peer is a program that offers the events of bench/server on 127.0.0.1:$PORT and prints "ready
// <port>"; PORT=0 lets the system choose. Every measurement gets a fresh process on CPU 0, the load
// generator stays on CPU 1, and the peers take turns, so that a machine that changes its speed does
// so for all. The figure is what the server's CPU clock shows for a unit of work, because on one
// machine anything else measures the generator too. The generator checks every answer: its value,
// its order, and that it came once. A wrong one ends the measurement as failed.
//
// The loops are closed: a number of questions is under way, and each answer brings the next
// question. A client that got several answers in one read asks anew in one write.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	var (
		rounds = flag.Int("rounds", 5, "measurements of each workload and peer; the report has their medians")
		only   = flag.String("only", "", "workloads, separated by commas (default all)")
		peers  = flag.String("peers", "madang,node", "peers, separated by commas; name=command for another server; ratios are to the last")
		joined = flag.Bool("cluster", false, "measure clusters; not with -only")
		on     = flag.String("buses", "", "buses of -cluster, separated by commas (default all)")
		page   = flag.Bool("page", false, "measure how soon the chat's page is there; peers are programs of the chat; not with -only")
		out    = flag.String("out", "", "also write the report to this `file`")
		s      settings
	)
	flag.DurationVar(&s.warmup, "warmup", time.Second, "traffic before the clock starts")
	flag.DurationVar(&s.time, "time", 3*time.Second, "traffic on the clock")
	flag.IntVar(&s.idle, "clients", 10_000, "clients of the idle workload")
	flag.DurationVar(&s.settle, "settle", 5*time.Second, "from the last connect of the idle workload to the measurement")
	flag.Parse()

	chosen, err := choose(*only)
	if err != nil {
		return err
	}
	links, err := chooseBuses(*on)
	if err != nil {
		return err
	}
	if *rounds < 1 || s.idle < 1 {
		return errors.New("-rounds and -clients begin at 1")
	}
	if err := prepare(s.idle); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	var r *report
	var failed int
	if *page {
		r, failed, err = runPages(ctx, *peers, *rounds, tmp)
	} else if racers, broken := enter(ctx, *peers, tmp); broken != nil {
		err = broken
	} else if *joined {
		r, failed, err = runCluster(ctx, racers, links, *rounds, s)
	} else {
		r, failed, err = runAlone(ctx, racers, chosen, *rounds, s)
	}
	if err != nil {
		return err
	}
	fmt.Print(r)
	if *out != "" {
		if err := os.WriteFile(*out, []byte(r.String()), 0o666); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d measurements failed", failed)
	}
	return nil
}

// runAlone measures servers that are alone.
func runAlone(ctx context.Context, racers []peer, chosen []workload, rounds int, s settings) (r *report, failed int, err error) {
	r = newReport(racers, rounds, s)
	for _, w := range chosen {
		for round := range rounds {
			for i, p := range racers {
				found, err := measure(ctx, p, w, s)
				if ctx.Err() != nil {
					return nil, 0, errors.New("interrupted")
				}
				if err != nil {
					failed++
					fmt.Fprintf(os.Stderr, "%s, %s: %v\n", w.name, p.name, err)
				} else {
					fmt.Fprintf(os.Stderr, "%s %d/%d %s %.0f %s\n", w.name, round+1, rounds, p.name, found.figure, w.unit)
				}
				r.add(w, i, found, err)
			}
		}
	}
	return r, failed, nil
}

// measure runs a workload against a fresh server.
func measure(ctx context.Context, p peer, w workload, s settings) (sample, error) {
	server, err := start(ctx, p.command, p.dir)
	if err != nil {
		return sample{}, err
	}
	defer server.stop()
	return w.run(ctx, server.target(), s)
}

func choose(names string) ([]workload, error) {
	if names == "" {
		return workloads, nil
	}
	var chosen []workload
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(workloads, func(w workload) bool { return w.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no workload %q", name)
		}
		chosen = append(chosen, workloads[i])
	}
	return chosen, nil
}

// A peer is a server program to measure.
type peer struct {
	name    string
	command []string
	dir     string // where it runs
}

// enter finds or builds the programs of the peers.
func enter(ctx context.Context, names, tmp string) ([]peer, error) {
	root, err := repository(ctx)
	if err != nil {
		return nil, err
	}
	var racers []peer
	for name := range strings.SplitSeq(names, ",") {
		p := peer{name: name, dir: root}
		name, command, given := strings.Cut(name, "=")
		switch {
		case given:
			p.name, p.command = name, strings.Fields(command)
		case name == "madang":
			program := filepath.Join(tmp, "server")
			build := exec.CommandContext(ctx, "go", "build", "-o", program, "./bench/server")
			build.Dir, build.Stderr = root, os.Stderr
			if err := build.Run(); err != nil {
				return nil, fmt.Errorf("build bench/server: %w", err)
			}
			p.command = []string{program}
		case name == "node":
			p.command = []string{"node", filepath.Join(root, "bench", "node", "server.mjs")}
		}
		if len(p.command) == 0 {
			return nil, fmt.Errorf("peer %q: want madang, node or name=command", name)
		}
		racers = append(racers, p)
	}
	return racers, nil
}

// repository is the folder of all this.
func repository(ctx context.Context) (string, error) {
	work, err := exec.CommandContext(ctx, "go", "env", "GOWORK").Output()
	if err != nil {
		return "", fmt.Errorf("find the repository: %w", err)
	}
	return filepath.Dir(strings.TrimSpace(string(work))), nil
}
