package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

const (
	// runTime is how long a client may take for all its checks on a slow machine.
	runTime = 3 * time.Minute
	// down is how long the server is away in the check "restart": longer than a first try to come
	// back.
	down = 300 * time.Millisecond
)

// A result is what a client's program said of one check.
type result struct {
	check string
	verdict
	why string
}

type verdict string

const (
	passed verdict = "ok"
	failed verdict = "FAIL"
	absent verdict = "none" // the client has no such thing
)

// runChecks runs a client's program against a new server. The result has each check once, in order.
func runChecks(program string, c client, command []string, transport string) []result {
	srv := &server{program: program, env: c.serverEnv}
	if err := srv.start(); err != nil {
		return all(failed, err.Error())
	}
	said := map[string]result{}
	trouble := converse(srv, append(slices.Clone(command), srv.url(), transport), said)
	if err := srv.kill(); err != nil {
		trouble = err
	}
	return complete(said, trouble)
}

// complete lists what was said of each check, and as failures what was left out, what is no check,
// and trouble of the run.
func complete(said map[string]result, trouble error) []result {
	results := all(failed, "the program said nothing of it")
	for i := range results {
		if r, ok := said[results[i].check]; ok {
			results[i] = r
		}
	}
	for name := range said {
		if !slices.Contains(checks, name) {
			results = append(results, result{name, failed, "nobody knows this check"})
		}
	}
	if trouble != nil {
		results = append(results, result{"the run", failed, trouble.Error()})
	}
	return results
}

// all gives every check the same verdict.
func all(v verdict, why string) []result {
	results := make([]result, len(checks))
	for i, check := range checks {
		results[i] = result{check, v, why}
	}
	return results
}

// converse notes what the program says, and restarts the server when it asks for that. Lines of
// another form are the libraries' own and are dropped.
func converse(srv *server, command []string, said map[string]result) error {
	cmd := exec.Command(command[0], command[1:]...)
	var stderr tail
	cmd.Stderr = &stderr
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	timer := time.AfterFunc(runTime, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	var trouble error
	for lines := bufio.NewScanner(out); lines.Scan(); {
		line := lines.Text()
		if os.Getenv("VERBOSE") != "" {
			fmt.Fprintln(os.Stderr, line)
		}
		if line == "kill" {
			if trouble = srv.kill(); trouble == nil {
				time.Sleep(down)
				trouble = srv.start()
			}
			continue
		}
		if r, ok := parse(line); ok {
			said[r.check] = r
		}
	}
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("%s: %w\n%s", command[0], err, stderr)
	}
	return trouble
}

// parse reads "ok NAME", perhaps with ": NOTE", "FAIL NAME: WHY" or "none NAME: WHY".
func parse(line string) (result, bool) {
	word, rest, _ := strings.Cut(line, " ")
	name, why, _ := strings.Cut(rest, ": ")
	switch v := verdict(word); v {
	case passed, failed, absent:
		return result{name, v, why[:min(len(why), 500)]}, true
	}
	return result{}, false
}

// tail keeps the last part of what a program writes.
type tail []byte

func (t *tail) Write(p []byte) (int, error) {
	*t = append(*t, p...)
	if over := len(*t) - 4000; over > 0 {
		*t = (*t)[over:]
	}
	return len(p), nil
}
