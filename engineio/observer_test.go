package engineio_test

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/engineio"
)

// A notebook is an observer that remembers what it was told.
type notebook struct {
	mu       sync.Mutex
	trips    []time.Duration // guarded by mu
	upgrades []step          // guarded by mu
}

// A step is one call about an upgrade.
type step struct {
	socket    *engineio.Socket
	transport string // at that moment
	done      bool
}

func (n *notebook) observer() *engineio.Observer {
	return &engineio.Observer{
		Upgrading: func(s *engineio.Socket) { n.step(s, false) },
		Upgraded:  func(s *engineio.Socket) { n.step(s, true) },
		RoundTrip: n.roundTrip,
	}
}

func (n *notebook) roundTrip(_ *engineio.Socket, d time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.trips = append(n.trips, d)
}

func (n *notebook) step(s *engineio.Socket, done bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.upgrades = append(n.upgrades, step{s, s.Transport(), done})
}

// steps compares the calls about upgrades.
func (n *notebook) steps(t *testing.T, want ...step) {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	if !slices.Equal(n.upgrades, want) {
		t.Fatalf("upgrades: %v, want %v", n.upgrades, want)
	}
}

func (n *notebook) told(t *testing.T, trips ...time.Duration) {
	t.Helper()
	synctest.Wait()
	n.mu.Lock()
	defer n.mu.Unlock()
	close := func(a, b time.Duration) bool { return a >= b && a <= b+tick }
	if !slices.EqualFunc(n.trips, trips, close) {
		t.Errorf("round trips %v, want %v", n.trips, trips)
	}
	n.trips = nil
}

func TestRoundTrips(t *testing.T) {
	for name, run := range map[string]func(t *testing.T, r *rig, n *notebook){
		"WebSocket": func(t *testing.T, r *rig, n *notebook) {
			w, s := r.websocket()
			w.text("3") // nobody asked
			n.told(t)
			for _, d := range []time.Duration{3 * time.Second, 19 * time.Second} {
				w.expect("2")
				time.Sleep(d)
				w.text("3", "3")
				n.told(t, d)
			}
			s.alive()
		},
		"something else comes first": func(t *testing.T, r *rig, n *notebook) {
			w, s := r.websocket()
			w.expect("2")
			time.Sleep(2 * time.Second)
			w.text("4a")
			s.got("a")
			time.Sleep(2 * time.Second)
			w.text("3")
			n.told(t, 4*time.Second)
		},
		"polling": func(t *testing.T, r *rig, n *notebook) {
			p, s := r.poll()
			p.get().is(t, 200, "2")
			time.Sleep(3 * time.Second)
			p.posts("3")
			n.told(t, 3*time.Second)
			s.alive()
		},
		"a pause": func(t *testing.T, r *rig, n *notebook) {
			w, s := r.websocket()
			w.expect("2")
			s.Pause()
			w.expect("2") // which one is answered?
			w.text("3")
			s.Resume()
			n.told(t)
			w.expect("2")
			w.text("3")
			n.told(t, 0)
		},
		"revision 3": func(t *testing.T, r *rig, n *notebook) {
			w := r.upgrade("EIO=3&transport=websocket", "")
			w.open()
			s := r.session()
			w.text("2")
			w.expect("3")
			n.told(t)
			s.alive()
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := new(notebook)
			bubble(t, engineio.Options{Observer: n.observer(), AllowEIO3: true}, func(t *testing.T, r *rig) { run(t, r, n) })
		})
	}
}

func TestObservedUpgrade(t *testing.T) {
	n := new(notebook)
	r := newRig(t, engineio.Options{Observer: n.observer()})
	p, s := r.poll()
	begun, done := step{s.Socket, engineio.Polling, false}, step{s.Socket, engineio.WebSocket, true}

	w := p.probe()
	w.text("5") // a WebSocket without probe begins nothing
	w.closing()
	n.steps(t)

	w = p.probe()
	w.text("2probe")
	w.expect("3probe")
	n.steps(t, begun)
	p.probe().closes(noCode) // one at a time; a second one begins nothing
	w.text("4too early")     // the first one fails
	w.closing()
	n.steps(t, begun)
	p.posts("4goes on")
	s.got("goes on")

	w = p.upgraded()
	w.text("4a")
	s.got("a")
	n.steps(t, begun, begun, done)
}
