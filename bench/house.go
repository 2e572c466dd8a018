package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A house is a running chat with a folder of its own.
type house struct {
	*server
	peer peer
	dir  string
}

// keepers are the chat with each way to keep messages.
func keepers(ctx context.Context, names, tmp string) ([]peer, error) {
	root, err := repository(ctx)
	if err != nil {
		return nil, err
	}
	program := filepath.Join(tmp, "chat")
	if err := buildChat(ctx, root, program, tmp); err != nil {
		return nil, err
	}
	var all []peer
	for name := range strings.SplitSeq(names, ",") {
		all = append(all, peer{
			Name: name, Version: "the chat with --durability=" + name, dir: root, ready: "Open http://127.0.0.1:",
			command: append([]string{program, "serve", "--durability=" + name, "--metrics=127.0.0.1:0", "--log-level=warn"}, limitsOff()...),
		})
	}
	return all, nil
}

// buildChat builds the program with bench/server's profile in it, which the variable PROFILE
// begins.
func buildChat(ctx context.Context, root, program, tmp string) error {
	source, err := os.ReadFile(filepath.Join(root, "bench", "server", "profile.go"))
	if err != nil {
		return err
	}
	beside := filepath.Join(tmp, "profile.go")
	if err := os.WriteFile(beside, append(source, "\nfunc init() { profile() }\n"...), 0o666); err != nil {
		return err
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{
		filepath.Join(root, "chat", "cmd", "madang", "profile.go"): beside,
	}})
	if err != nil {
		return err
	}
	list := filepath.Join(tmp, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o666); err != nil {
		return err
	}
	return execute(ctx, root, "go", "build", "-overlay", list, "-o", program, "./chat/cmd/madang")
}

// openHouse starts a chat with an empty folder.
func openHouse(ctx context.Context, p peer, env ...string) (*house, error) {
	dir, err := os.MkdirTemp("", "bench-chat")
	if err != nil {
		return nil, err
	}
	h := &house{peer: p, dir: dir}
	if h.server, err = h.run(ctx, "0", env...); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return h, nil
}

// run starts the program on a port; "0" is a free one.
func (h *house) run(ctx context.Context, port string, env ...string) (*server, error) {
	p := h.peer
	p.command = slices.Concat(p.command, []string{"--data=" + h.dir, "--listen=127.0.0.1:" + port})
	s, err := start(ctx, p, env...)
	if err != nil {
		return nil, fmt.Errorf("the chat: %w", err)
	}
	return s, nil
}

func (h *house) stop() {
	h.server.stop()
	os.RemoveAll(h.dir)
}
