package hosting

import (
	"bufio"
	"context"
	"fmt"
	"io"
	neturl "net/url"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/nodetest"
)

// officials are official clients in a room: three versions, each over three transports.
type officials struct {
	t        *testing.T
	cmd      *exec.Cmd
	in       io.WriteCloser
	problems *nodetest.Output
}

const officialClients = 9

// official starts them, and returns when they are in; nil where there are none on this machine.
func official(t *testing.T, ctx context.Context, url, room string) *officials {
	t.Helper()
	if slices.Contains(nodetest.Missing(), nodetest.Packages) && os.Getenv("CI") != "true" {
		t.Log("without official clients, which this machine lacks")
		return nil
	}
	nodetest.Need(t, nodetest.Packages)
	o := &officials{t: t, problems: new(nodetest.Output)}
	args := []string{"official.mjs", url, room}
	for i := range officialClients {
		m, err := newMember(ctx, url, room, fmt.Sprintf("127.2.0.%d", 1+i))
		if err != nil {
			t.Fatal(err)
		}
		site, _ := neturl.Parse(url)
		args = append(args, m.client.Jar.Cookies(site)[0].String())
	}
	o.cmd = exec.CommandContext(ctx, "node", args...)
	o.cmd.Stderr = o.problems
	in, out := nodetest.Start(t, o.cmd)
	o.in = in
	t.Cleanup(func() { o.cmd.Process.Kill() })
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("official clients: %q, %v\n%s", line, err, o.problems)
	}
	return o
}

// check waits until they have heard the last message of the room.
func (o *officials) check(last int64) {
	if o == nil {
		return
	}
	o.t.Helper()
	fmt.Fprintln(o.in, last)
	timer := time.AfterFunc(patience, func() { o.cmd.Process.Kill() })
	defer timer.Stop()
	if err := o.cmd.Wait(); err != nil {
		o.t.Errorf("official clients: %v\n%s", err, o.problems)
	}
}
