package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// A target is a server under test.
type target struct {
	addr string
	cpu  func() (time.Duration, error) // CPU time it has used, children included
	rss  func() (int64, error)         // bytes it holds in memory
}

// settings bound a measurement.
type settings struct {
	warmup time.Duration // of traffic before the clock starts
	time   time.Duration // of traffic on the clock
	idle   int           // clients of the idle workload
	settle time.Duration // from the last connect of the idle workload to the measurement
	most   int           // clients of any other workload; 0 = what the workload wants
}

// clients is how many of n clients the settings allow.
func (s settings) clients(n int) int {
	if s.most > 0 {
		return min(n, s.most)
	}
	return n
}

// maxUnits ends a measurement early, whatever the server's speed.
const maxUnits = 100_000_000

// A sample is what one measurement found.
type sample struct {
	figure float64 // units per CPU second of the server; bytes per client of the idle workload
	load   float64 // share of one CPU that the load generator itself used, 0 to 1
}

// A workload is one line of the report.
type workload struct {
	name    string
	unit    string
	smaller bool // smaller figures are better
	run     func(ctx context.Context, t target, s settings) (sample, error)
}

// workloads in the order of the report.
var workloads = []workload{
	{"idle", "bytes per client", true, runIdle},
	{"connects", "per CPU s", false, runConnects},
	{"echo-1", "per CPU s", false, echoes(1)},
	{"echo-32", "per CPU s", false, echoes(32)},
	{"broadcast-1", "deliveries per CPU s", false, broadcasts(1)},
	{"broadcast-8", "deliveries per CPU s", false, broadcasts(8)},
	{"broadcast-64", "deliveries per CPU s", false, broadcasts(64)},
	{"rooms", "deliveries per CPU s", false, runRooms},
	{"binary", "per CPU s", false, runBinary},
	{"polling", "per CPU s", false, runPolling},
}

// A window counts the work of a closed loop: what is answered is asked again until the
// time is over. All fields may be used by any goroutine.
type window struct {
	units    atomic.Int64 // done
	pending  atomic.Int64 // asked and not answered
	stopping atomic.Bool  // nothing more may be asked
}

// settled books a batch: units done, and so many questions answered by them (one broadcast is many
// units). It tells whether to ask as many again, which are then pending already.
func (w *window) settled(units, answered int) (again bool) {
	w.units.Add(int64(units))
	if answered == 0 {
		return false
	}
	if !w.stopping.Load() {
		return true
	}
	w.pending.Add(int64(-answered))
	return false
}

// measure lets the traffic run and returns units per CPU second. It leaves no question open.
func (w *window) measure(ctx context.Context, t target, s settings, failed <-chan error) (sample, error) {
	if err := w.run(ctx, s.warmup, failed); err != nil {
		return sample{}, err
	}
	begun, own, units := time.Now(), ownCPU(), w.units.Load()
	cpu, err := t.cpu()
	if err != nil {
		return sample{}, err
	}
	if err := w.run(ctx, s.time, failed); err != nil {
		return sample{}, err
	}
	used, err := t.cpu()
	if err != nil {
		return sample{}, err
	}
	done, wall := w.units.Load()-units, time.Since(begun)
	load := (ownCPU() - own).Seconds() / wall.Seconds()
	if err := w.finish(ctx, failed); err != nil {
		return sample{}, err
	}
	if done == 0 || used <= cpu {
		return sample{}, fmt.Errorf("%d units in %v of server CPU time: too little to tell", done, used-cpu)
	}
	return sample{figure: float64(done) / (used - cpu).Seconds(), load: load}, nil
}

// conclude measures and ends the fleet; what its clients still get by then is checked too.
func (w *window) conclude(ctx context.Context, t target, s settings, f *fleet) (sample, error) {
	found, err := w.measure(ctx, t, s, f.failed)
	if err != nil {
		f.abandon()
		return sample{}, err
	}
	return found, f.close()
}

func (w *window) run(ctx context.Context, d time.Duration, failed <-chan error) error {
	end := time.Now().Add(d)
	for w.units.Load() < maxUnits && time.Now().Before(end) {
		if err := pause(ctx, min(10*time.Millisecond, d), failed); err != nil {
			return err
		}
	}
	return nil
}

func (w *window) finish(ctx context.Context, failed <-chan error) error {
	w.stopping.Store(true)
	return w.quiet(ctx, failed)
}

// quiet waits until nothing is pending.
func (w *window) quiet(ctx context.Context, failed <-chan error) error {
	for end := time.Now().Add(patience); w.pending.Load() > 0; {
		if time.Now().After(end) {
			return fmt.Errorf("%d answers are missing after %v", w.pending.Load(), patience)
		}
		if err := pause(ctx, 5*time.Millisecond, failed); err != nil {
			return err
		}
	}
	return nil
}

func pause(ctx context.Context, d time.Duration, failed <-chan error) error {
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
