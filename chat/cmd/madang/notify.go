package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// notifyPatience is how long the service manager may take for what it is told. The library that
// speaks its protocol waits for ever.
const notifyPatience = 500 * time.Millisecond

// notify tells the service manager something, where there is one that wants to know.
func notify(log *slog.Logger, lines ...string) {
	socket := os.Getenv("NOTIFY_SOCKET")
	if socket == "" {
		return
	}
	if err := tellManager(socket, strings.Join(lines, "\n")); err != nil {
		log.Warn("the service manager can't be told", "error", err)
	}
}

func tellManager(socket, text string) error {
	conn, err := net.Dial("unixgram", socket)
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetWriteDeadline(time.Now().Add(notifyPatience))
	_, err = io.WriteString(conn, text)
	return err
}

// status is the line that `systemctl status` shows.
func status(text string) string {
	return "STATUS=" + strings.Join(strings.Fields(text), " ") // a line each
}

// watchdog tells the service manager, as often as it asks for, that the program works: that
// something can be written. A store that fails answers, and says so to those who ask it; one that
// hangs doesn't, and then a restart helps.
func (m *Main) watchdog(ctx context.Context) {
	every, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		m.Log.Warn("no watchdog", "error", err)
	}
	if every <= 0 {
		return
	}
	every /= 2 // as its documentation recommends
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if answered, err := m.probe(ctx, every); answered {
			notify(m.Log, daemon.SdNotifyWatchdog, status(condition(err)))
		} else if ctx.Err() == nil {
			m.Log.Warn("nothing can be written and nothing says why: the service manager isn't told that all is well", "waited", every)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// probe writes something. answered is false when that has no end.
func (m *Main) probe(ctx context.Context, patience time.Duration) (answered bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err = m.store.Write(ctx)
	return ctx.Err() == nil, err
}

func condition(err error) string {
	if err != nil {
		return "Nothing can be written: " + err.Error()
	}
	return "Serving"
}
