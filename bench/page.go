package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// opened is what bench/node/page.mjs measured of a page.
type opened struct {
	Usable   float64 `json:"usable"`   // milliseconds from the navigation until one can type
	Blocking float64 `json:"blocking"` // what tasks of more than 50 ms had above that, in all
	Longest  float64 `json:"longest"`  // of these tasks; 0 = there was none
	Bytes    float64 `json:"bytes"`    // received until then
}

// pageFigures are the lines of a page.
var pageFigures = []struct {
	name, unit string
	of         func(opened) float64
}{
	{"usable after", "ms", func(o opened) float64 { return o.Usable }},
	{"blocked", "ms", func(o opened) float64 { return o.Blocking }},
	{"longest task", "ms", func(o opened) float64 { return o.Longest }},
	{"received", "bytes", func(o opened) float64 { return o.Bytes }},
}

// chatStart is how long a chat may take until it is ready.
const chatStart = 30 * time.Second

var pageNames = []string{"room", "lobby"}

// generous limits let one address fill a room.
var generous = []string{"send-burst=1000", "send-per-second=1000", "address-sends-per-second=-1", "room-per-second=-1"}

// runPages measures the pages of chats, which take turns. A peer is the program of one.
func runPages(ctx context.Context, o order) (r *report, failed int, err error) {
	racers, err := chats(ctx, o.peers, o.tmp)
	if err != nil {
		return nil, 0, err
	}
	r = newReport(racers, o.rounds, settings{})
	for round := range o.rounds {
		for i, p := range racers {
			found, err := openPages(ctx, p)
			if ctx.Err() != nil {
				return nil, 0, errors.New("interrupted")
			}
			if err != nil {
				failed++
				fmt.Fprintf(os.Stderr, "pages, %s: %v\n", p.Name, err)
			}
			for _, name := range pageNames {
				for _, f := range pageFigures {
					r.add(workload{name: name + ", " + f.name, unit: f.unit, smaller: true}, i, sample{Figure: f.of(found[name])}, err)
				}
			}
			fmt.Fprintf(os.Stderr, "pages %d/%d %s %+v\n", round+1, o.rounds, p.Name, found)
		}
	}
	return r, failed, nil
}

// chats finds or builds the programs of the peers.
func chats(ctx context.Context, names, tmp string) ([]peer, error) {
	root, err := repository(ctx)
	if err != nil {
		return nil, err
	}
	var racers []peer
	for name := range strings.SplitSeq(names, ",") {
		name, program, given := strings.Cut(name, "=")
		version := program
		if !given {
			if name != "madang" {
				continue // nobody else has this page
			}
			program, version = filepath.Join(tmp, "chat"), commit(ctx, root)
			build := exec.CommandContext(ctx, "go", "build", "-o", program, "./chat/cmd/madang")
			build.Dir, build.Stderr = root, os.Stderr
			if err := build.Run(); err != nil {
				return nil, fmt.Errorf("build chat/cmd/madang: %w", err)
			}
		}
		racers = append(racers, peer{Name: name, Version: version, command: []string{program}, dir: root})
	}
	return racers, nil
}

// openPages starts a chat with an empty folder and opens its pages. The browser has all processors:
// it is one program for the page and others for the network and for drawing, as on a phone.
func openPages(ctx context.Context, p peer) (found map[string]opened, err error) {
	dir, err := os.MkdirTemp("", "bench-page")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	args := append(p.command[1:], "serve", "--listen="+addr, "--data="+dir)
	for _, limit := range generous {
		args = append(args, "--limit="+limit)
	}
	server := exec.CommandContext(ctx, p.command[0], args...)
	if err := startWide(server); err != nil {
		return nil, fmt.Errorf("start %s: %w", p.command[0], err)
	}
	defer func() {
		server.Process.Signal(syscall.SIGTERM)
		server.Wait()
	}()
	url := "http://" + addr
	if err := await(ctx, url+"/readyz"); err != nil {
		return nil, err
	}
	chromium, err := chromiumPath()
	if err != nil {
		return nil, err
	}
	visits := exec.CommandContext(ctx, "node", filepath.Join("bench", "node", "page.mjs"), url, chromium)
	var out bytes.Buffer
	visits.Dir, visits.Stdout, visits.Stderr = p.dir, &out, os.Stderr
	if err := startWide(visits); err != nil {
		return nil, fmt.Errorf("start bench/node/page.mjs: %w", err)
	}
	if err := visits.Wait(); err != nil {
		return nil, fmt.Errorf("open the pages: %w", err)
	}
	if err := json.Unmarshal(out.Bytes(), &found); err != nil {
		return nil, fmt.Errorf("bench/node/page.mjs printed %q: %w", out.Bytes(), err)
	}
	return found, nil
}

// await waits until a server answers.
func await(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, chatStart)
	defer cancel()
	for {
		q, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		answer, err := http.DefaultClient.Do(q)
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("%s isn't ready after %v", url, chatStart)
		}
	}
}

func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// chromiumPath is the browser: $CHROMIUM, else the first one in the PATH.
func chromiumPath() (string, error) {
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no chromium in the PATH and CHROMIUM is not set")
}
