package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// startPostgres runs a PostgreSQL with the settings of a new one, but with data that needn't
// survive. It refuses to be root, so that for root it is another user's.
func startPostgres(ctx context.Context, dir string) (*broker, error) {
	path, err := program("postgres", "/usr/lib/postgresql/*/bin/postgres")
	if err != nil {
		return nil, err
	}
	if path, err = filepath.EvalSymlinks(path); err != nil { // the other programs are beside it
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	owner, err := otherUser(dir)
	if err != nil {
		return nil, fmt.Errorf("find who may run PostgreSQL: %w", err)
	}
	command := func(name string, args ...string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, filepath.Join(filepath.Dir(path), name), args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "LC_ALL=C")
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: owner}
		return cmd
	}
	data := filepath.Join(dir, "data")
	out, err := command("initdb", "--no-sync", "--auth=trust", "--username=bench", "--encoding=UTF8", "--no-locale", "--pgdata="+data).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	s, err := startBroker(ctx, command("postgres", "-D", data, "-p", port, "-h", "127.0.0.1", "-k", "", "-F",
		"-c", "synchronous_commit=off", "-c", "max_connections=200", "-c", "log_min_messages=panic"), dir, port)
	if err != nil {
		return nil, err
	}
	for end := time.Now().Add(startTime); ; time.Sleep(10 * time.Millisecond) {
		err := command("pg_isready", "--quiet", "--username=bench", "--dbname=postgres", "--host=127.0.0.1", "--port="+port).Run()
		if err == nil {
			return &broker{server: s, url: "postgres://bench@127.0.0.1:" + port + "/postgres?sslmode=disable"}, nil
		}
		if ctx.Err() != nil || time.Now().After(end) || !errors.As(err, new(*exec.ExitError)) {
			s.stop()
			return nil, fmt.Errorf("ask PostgreSQL: %w", err)
		}
	}
}

// otherUser gives an empty folder to another user when this one is root, and returns who it is.
func otherUser(dir string) (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		return nil, err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, os.Chown(dir, uid, gid)
}
