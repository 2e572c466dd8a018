package chat

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Device is a session of an identity, as its owner sees it.
type Device struct {
	ID      string
	Label   string // browser and system, as far as they say
	Created time.Time
	Seen    time.Time
}

// Ending tells doors what ends: an identity, one of its devices, or an old token of one.
type Ending struct {
	Session string
	Device  string   // "" = all
	Proof   [32]byte // SHA-256 of the token; zero = any
}

// Of tells whether it is the end of a visitor's connections.
func (e Ending) Of(v Visitor) bool {
	return v.ID == e.Session && (e.Device == "" || v.Device == e.Device) && (e.Proof == [32]byte{} || v.Proof == e.Proof)
}

// endings are remembered for a moment, for handshakes under way that found the session before.
type endings struct {
	mu    sync.Mutex
	fns   []func(Ending) // guarded by mu
	young []ended        // guarded by mu; the oldest first
}

type ended struct {
	Ending
	at time.Time
}

// OnEnding calls fn with what ends: its connections have to end at once.
func (h *House) OnEnding(fn func(Ending)) {
	h.endings.mu.Lock()
	defer h.endings.mu.Unlock()
	h.endings.fns = append(h.endings.fns, fn)
}

// Ended tells whether what proves a visitor has ended within the last minute.
func (h *House) Ended(v Visitor) bool {
	h.endings.mu.Lock()
	defer h.endings.mu.Unlock()
	for _, e := range h.endings.young {
		if e.Of(v) {
			return true
		}
	}
	return false
}

func (es *endings) tell(e Ending) {
	es.mu.Lock()
	now := time.Now()
	for len(es.young) > 0 && now.Sub(es.young[0].at) > tokenOverlap {
		es.young = es.young[1:]
	}
	es.young = append(es.young, ended{e, now})
	fns := es.fns
	es.mu.Unlock()
	for _, fn := range fns {
		fn(e)
	}
}

// Describe remembers what kind of device a visitor uses.
func (h *House) Describe(ctx context.Context, who Visitor, label string) {
	if who.Device == "" || who.Label == label {
		return
	}
	if err := h.store.Label(ctx, who.Device, label); err != nil {
		h.failed(ctx, "label", "device not described", "session", who.Device, "error", err)
		return
	}
	h.sessions.forgetOf(func(s Session) bool { return s.Device == who.Device })
}

// Devices lists the devices of a visitor, the first one first.
func (h *House) Devices(ctx context.Context, who Visitor) ([]Device, error) {
	if err := h.writeSeen(ctx); err != nil {
		h.failed(ctx, "touch", "sessions not prolonged", "error", err)
	}
	devices, err := h.store.Devices(ctx, who.ID, time.Now())
	if err != nil {
		return nil, storeError("list the devices", err)
	}
	return devices, nil
}

// EndDevice ends a device of a visitor: its token, and its connections. It fails with NotFound.
func (h *House) EndDevice(ctx context.Context, who Visitor, device string) error {
	err := h.store.EndDevice(context.WithoutCancel(ctx), who.ID, device, time.Now())
	if errors.Is(err, ErrNotFound) {
		return Fail(NotFound, "there is no such device")
	}
	if err != nil {
		return storeError("end the device", err)
	}
	h.sessions.forgetOf(func(s Session) bool { return s.Device == device })
	e := Ending{Session: who.ID, Device: device}
	h.endings.tell(e)
	h.links.drop(e)
	return nil
}
