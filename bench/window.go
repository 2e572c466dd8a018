package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// A target is a server under test.
type target struct {
	addr string
	cpu  func() (time.Duration, error) // time it has used, children included
	rss  func() (int64, error)         // bytes it holds in memory
}

// settings bound a measurement.
type settings struct {
	warmup time.Duration // of traffic before the clock starts
	time   time.Duration // of traffic on the clock
	idle   int           // clients of the idle workload
	settle time.Duration // from the last connect of the idle workload to the measurement
	beat   time.Duration // of the heartbeat workload
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
	Figure float64 // in the workload's unit
	Load   float64 // share of one CPU that the load generator itself used, 0 to 1
	CPU    float64 // seconds of the server on the clock; 0 = not of interest
	P50    float64 // microseconds from a question to its answer; 0 = not of interest
	P99    float64
}

// A workload is one line of the report.
type workload struct {
	name    string
	unit    string
	smaller bool // smaller figures are better
	run     func(ctx context.Context, t target, s settings) (sample, error)
	beats   bool // the server's heartbeats are those of the settings
}

// workloads in the order of the report.
var workloads = []workload{
	{name: "idle", unit: "bytes per client", smaller: true, run: runIdle},
	{name: "heartbeat", unit: "CPU µs", smaller: true, run: runHeartbeat, beats: true},
	{name: "connects", unit: "per CPU s", run: runConnects},
	{name: "echo-1", unit: "per CPU s", run: echoes(1)},
	{name: "echo-32", unit: "per CPU s", run: echoes(32)},
	{name: "broadcast-1", unit: "deliveries per CPU s", run: broadcasts(1)},
	{name: "broadcast-8", unit: "deliveries per CPU s", run: broadcasts(8)},
	{name: "broadcast-64", unit: "deliveries per CPU s", run: broadcasts(64)},
	{name: "rooms", unit: "deliveries per CPU s", run: runRooms},
	{name: "binary", unit: "per CPU s", run: runBinary},
	{name: "polling", unit: "per CPU s", run: runPolling},
	// How cost grows, with idle and broadcast-8 between them:
	{name: "idle-1000", unit: "bytes per client", smaller: true, run: idlers(1000)},
	{name: "idle-19000", unit: "bytes per client", smaller: true, run: idlers(19_000)},
	{name: "room-of-one", unit: "bytes per room", smaller: true, run: runLonely},
	{name: "visits", unit: "per CPU s", run: visits(0)},
	{name: "visits-beside-100000-rooms", unit: "per CPU s", run: visits(lonelyRooms)},
	{name: "broadcast-8-to-100", unit: "deliveries per CPU s", run: broadcastsTo(100, 8)},
	{name: "broadcast-8-to-5000", unit: "deliveries per CPU s", run: broadcastsTo(5000, 8)},
	{name: "broadcast-8-to-19000", unit: "deliveries per CPU s", run: broadcastsTo(19_000, 8)},
}

// A window counts the work of a closed loop: what is answered is asked again until the
// time is over. All fields may be used by any goroutine.
type window struct {
	opened   time.Time
	took     histogram    // from questions to their answers
	units    atomic.Int64 // done
	pending  atomic.Int64 // asked and not answered
	stopping atomic.Bool  // nothing more may be asked
}

func open() *window { return &window{opened: time.Now()} }

// now is the window's clock.
func (w *window) now() time.Duration { return time.Since(w.opened) }

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
	p, err := w.clocked(t, func() error { return w.run(ctx, s.time, failed) })
	if err != nil {
		return sample{}, err
	}
	if err := w.finish(ctx, failed); err != nil {
		return sample{}, err
	}
	return sample{float64(p.units) / p.cpu.Seconds(), p.load, p.cpu.Seconds(), quantile(p.took[:], 0.50), quantile(p.took[:], 0.99)}, nil
}

// errTooLittle tells that a measurement was too short on this machine.
var errTooLittle = errors.New("too little to tell")

// A passage is some time of traffic.
type passage struct {
	units     int64
	cpu, wall time.Duration
	load      float64
	took      [len(histogram{}.counts)]int64
}

// clocked measures the traffic while f runs.
func (w *window) clocked(t target, f func() error) (passage, error) {
	begun, own, units, took := time.Now(), ownCPU(), w.units.Load(), w.took.since([len(w.took.counts)]int64{})
	cpu, err := t.cpu()
	if err != nil {
		return passage{}, err
	}
	if err := f(); err != nil {
		return passage{}, err
	}
	used, err := t.cpu()
	if err != nil {
		return passage{}, err
	}
	p := passage{units: w.units.Load() - units, cpu: used - cpu, wall: time.Since(begun), took: w.took.since(took)}
	p.load = (ownCPU() - own).Seconds() / p.wall.Seconds()
	if p.units == 0 || p.cpu <= 0 {
		return passage{}, fmt.Errorf("%d units in %v of server CPU time: %w", p.units, p.cpu, errTooLittle)
	}
	return p, nil
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
