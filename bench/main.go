// Command bench measures Socket.IO servers against each other.
//
//	go run ./bench                                   servers, each peer whose tools are there
//	go run ./bench -only echo-1,rooms -rounds 1      a quick look
//	go run ./bench -peers 'madang,node,old=/tmp/old' with another server
//	go run ./bench -growth                           what more clients cost
//	go run ./bench -settings                         what settings of the runtime do
//	go run ./bench -chat -rounds 1                   the chat over the wire, how messages are kept
//	go run ./bench -cluster                          servers that are one, on each broker
//	go run ./bench -page                             the chat's page, in a browser on 4G
//
// With -record a run of one of the first four becomes what the repository shows.
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
	"cmp"
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
		rounds = flag.Int("rounds", 3, "measurements of each workload and peer; the report has their medians")
		only   = flag.String("only", "", "workloads, or buses of a cluster, separated by commas (default all of the kind)")
		peers  = flag.String("peers", "", "peers, separated by commas (default those of the kind); name=command is another server, name@VARIABLE=value one with an environment; ratios are of the first")
		out    = flag.String("out", "", "also write the report to this `file`")
		keep   = flag.Bool("record", false, "keep the results, and make the tables and plots of the repository of them")
		k      = kinds[0]
		s      settings
	)
	for _, other := range kinds[1:] {
		flag.BoolFunc(other.name, other.about, func(string) error {
			k = other
			return nil
		})
	}
	flag.DurationVar(&s.warmup, "warmup", time.Second, "traffic before the clock starts")
	flag.DurationVar(&s.time, "time", 2*time.Second, "traffic on the clock")
	flag.IntVar(&s.idle, "clients", 10_000, "clients of the idle workload")
	flag.DurationVar(&s.settle, "settle", 5*time.Second, "from the last connect of the idle workload to the measurement")
	flag.DurationVar(&s.beat, "beat", defaultBeat, "between the heartbeats of a client of the heartbeat workload")
	flag.Parse()

	if *rounds < 1 || s.idle < 1 {
		return errors.New("-rounds and -clients begin at 1")
	}
	if *keep && (!k.kept || *only != "" || *peers != "") {
		return errors.New("-record keeps a whole run, with the peers of its kind, and none of a cluster")
	}
	if err := prepare(s.idle); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	r, failed, err := k.run(ctx, order{cmp.Or(*peers, k.peers), cmp.Or(*only, k.only), *rounds, s, tmp})
	if err != nil {
		return err
	}
	fmt.Print(r)
	if *out != "" {
		if err := os.WriteFile(*out, []byte(r.String()), 0o666); err != nil {
			return err
		}
	}
	if *keep {
		if err := record(ctx, k.name, r); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d measurements failed", failed)
	}
	return nil
}

// runServers measures servers that are alone.
func runServers(ctx context.Context, o order) (r *report, failed int, err error) {
	chosen, err := choose(o.only)
	if err != nil {
		return nil, 0, err
	}
	racers, absent, err := enter(ctx, o.peers, o.tmp)
	if err != nil {
		return nil, 0, err
	}
	r = newReport(racers, o.rounds, o.s)
	r.Absent = absent
	for _, w := range chosen {
		for round := range o.rounds {
			for i, p := range racers {
				if !p.does(w.name) {
					continue
				}
				found, err := measure(ctx, p, w, o.s)
				if ctx.Err() != nil {
					return nil, 0, errors.New("interrupted")
				}
				if err != nil {
					failed++
					fmt.Fprintf(os.Stderr, "%s, %s: %v\n", w.name, p.Name, err)
				} else {
					fmt.Fprintf(os.Stderr, "%s %d/%d %s %.0f %s\n", w.name, round+1, o.rounds, p.Name, found.Figure, w.unit)
				}
				r.add(w, i, found, err)
			}
		}
	}
	return r, failed, nil
}

// measure runs a workload against a fresh server.
func measure(ctx context.Context, p peer, w workload, s settings) (sample, error) {
	var env []string
	if w.beats {
		env = append(env, fmt.Sprint("PING_INTERVAL=", s.beat.Milliseconds()))
	}
	server, err := start(ctx, p, env...)
	if err != nil {
		return sample{}, err
	}
	defer server.stop()
	return w.run(ctx, server.target(), s)
}

func choose(names string) ([]workload, error) {
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

// repository is the folder of all this.
func repository(ctx context.Context) (string, error) {
	work, err := exec.CommandContext(ctx, "go", "env", "GOWORK").Output()
	if err != nil {
		return "", fmt.Errorf("find the repository: %w", err)
	}
	return filepath.Dir(strings.TrimSpace(string(work))), nil
}
