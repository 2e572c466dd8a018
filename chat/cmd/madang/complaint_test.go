package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Whatever keeps the program from starting is one line, with what to do, and exit code 1.
func TestWhyItDoesntStart(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	address := taken.Addr().String()
	damaged := filepath.Join(t.TempDir(), "data")
	os.Mkdir(damaged, 0o700)
	os.WriteFile(filepath.Join(damaged, "chat.db"), []byte(strings.Repeat("no database", 1000)), 0o600)
	file := filepath.Join(t.TempDir(), "file")
	os.WriteFile(file, nil, 0o600)
	for _, c := range []struct {
		args string
		want string
	}{
		{"--listen=" + address, "--listen: another program listens on " + address},
		{"--metrics=" + address, "--metrics: another program listens on " + address},
		{"--listen=192.0.2.1:8005", "--listen: this machine doesn't have the address of 192.0.2.1:8005"},
		{"--listen=8005", `--listen: "8005" is no address such as :8005`},
		{"--data=" + damaged, "put a backup in its place with madang restore"},
		{"--data=" + file, "not a directory"},
		{"--lisen=:1", `unknown flag --lisen, did you mean "--listen"? (madang --help tells more)`},
		{"--log=xml", `--log must be one of "auto","text","json" but got "xml"`},
		{"--limit=send-brust=3", `there is no limit "send-brust", did you mean "send-burst"?`},
		{"--limit=send-burst", `--limit: expected "<key>=<value>" but got "send-burst"`},
		{"--limit=sockets=0", "limit sockets: use -1 to take it away"},
		{"--limit=max-most=5", "limit max-default: between max-least and max-most"},
		{"--host=https://a.example", `host "https://a.example" is no name: write it as chat.example.org`},
		{"--origin=a.example", `origin "a.example" is none: write it as https://example.org`},
		{"--trusted-proxies=proxy", `trusted proxy "proxy" is neither an address nor a network`},
		{"--tls-cert=a", "--tls-cert and --tls-key belong together"},
		{"dance", "unexpected argument dance (madang --help tells more)"},
		{"backup", `expected "<dir>" (madang backup --help tells more)`},
		{"verify " + file, "is no backup"},
	} {
		args := strings.Fields(c.args)
		if strings.HasPrefix(args[0], "--") {
			args = append([]string{"--listen=127.0.0.1:0", "--metrics=off", "--data=" + filepath.Join(t.TempDir(), "data")}, args...)
		}
		code, out, errs := ran(t, args...)
		if line := strings.TrimSuffix(errs, "\n"); code != 1 || out != "" || !strings.HasPrefix(line, "madang: ") || strings.Contains(line, "\n") ||
			!strings.Contains(line, c.want) || strings.Contains(line, "listen tcp") {
			t.Errorf("%s = %d, want %s:\n%s%s", c.args, code, c.want, out, errs)
		}
	}
}

func TestAdvice(t *testing.T) {
	opening := &net.OpError{Op: "listen", Net: "tcp", Err: os.NewSyscallError("bind", syscall.EACCES)}
	if text := cannotListen("listen", ":80", opening).Error(); !strings.HasPrefix(text, "--listen: no permission to listen on :80: ") || !strings.Contains(text, "CAP_NET_BIND_SERVICE") {
		t.Error(text)
	}
	taken := &net.OpError{Op: "listen", Net: "tcp", Err: os.NewSyscallError("bind", syscall.EADDRINUSE)}
	_, metrics, _ := net.SplitHostPort(metricsDefault)
	if text := cannotListen("listen", ":8005", taken).Error(); !strings.Contains(text, "such as :80") || strings.Contains(text, metrics) {
		t.Errorf("a second server is sent where the metrics of the first are: %s", text)
	}
	for err, want := range map[error]string{
		&fs.PathError{Op: "open", Path: "/srv/chat/lock", Err: syscall.EACCES}: "run this as the user who owns the data folder /srv/chat",
		&fs.PathError{Op: "mkdir", Path: "/srv/chat", Err: syscall.EROFS}:      "choose another one with --data",
		&fs.PathError{Op: "write", Path: "/srv/chat/x", Err: syscall.ENOSPC}:   "the disk of the data folder /srv/chat is full",
		sqliteError(sqliteFull):            "the disk of the data folder /srv/chat is full",
		sqliteError(sqliteCorrupt | 1<<8):  "madang restore",
		sqliteError(sqliteCantOpen | 2<<8): "run this as the user",
		errors.New("something else"):       "something else",
	} {
		if text := advised(fmt.Errorf("open: %w", err), "/srv/chat").Error(); !strings.Contains(text, want) || !strings.HasPrefix(text, "open: ") {
			t.Errorf("%s, want %s", text, want)
		}
	}
}

type sqliteError int

func (e sqliteError) Code() int     { return int(e) }
func (e sqliteError) Error() string { return "of SQLite" }
