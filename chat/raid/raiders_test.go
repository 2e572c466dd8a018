package raid

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"
)

// order is what raiders are told.
type order struct {
	Stage     *stage
	Addresses []string
	Length    time.Duration
}

// raid lets raiders do their worst in a process of their own, which gets the processor when nobody
// else wants it: on the internet they have machines of their own, and here neither the program nor
// the company's clocks may wait for them. It returns their tally.
func raid(t *testing.T, o order) string {
	t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		t.Error(err)
		return ""
	}
	ctx, cancel := context.WithTimeout(context.Background(), o.Length+time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "nice", "-n", "19", os.Args[0])
	cmd.Env = append(os.Environ(), "RAIDERS="+string(text))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("raiders: %v", err)
	}
	return string(out)
}

// obey is the raiders' process.
func obey(text string) (code int) {
	var o order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		fmt.Fprintln(os.Stderr, "raiders:", err)
		return 1
	}
	noise() // take their time, which isn't the raid's
	animation()
	ctx, cancel := context.WithTimeout(context.Background(), o.Length)
	defer cancel()
	tally := o.Stage.raid(ctx, o.Addresses)
	fmt.Printf("%d tries\n%v", tally.total(), tally)
	return 0
}
