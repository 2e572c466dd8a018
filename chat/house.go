package chat

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/madang-chat/madang/internal/advice"
)

// Options of a [House].
type Options struct {
	Store  Store        // required; Close closes it
	Files  Files        // required where images are sent; nil = none are
	Secret []byte       // signs grants; empty = a random one, so that grants end with the process
	Logger *slog.Logger // nil = slog.Default()
	Limits Limits
	Terms  Terms

	Observer *Observer // for metrics
}

// House holds all rooms. Its methods are safe from any goroutine.
type House struct {
	store   Store
	files   Files
	secret  []byte
	log     *slog.Logger
	told    advice.Advice // of failures, see failed
	limits  Limits
	terms   Terms
	began   time.Time // what is older may belong to other data
	started time.Time

	hasher *hasher
	rates  *rates
	space  *space
	proofs *proofs

	uploading *atOnce
	underWay  atomic.Int64  // uploads
	searching chan struct{} // one for each search under way
	exporting chan struct{} // one for each export under way

	offenders *offenders
	bans      bans
	sessions  *sessions
	renewals  renewals
	endings   endings
	links     *links
	makers    *turns // sessions that make a room
	namers    *turns // slugs of rooms that are made
	power     *turns // rooms where somebody gets a role, or has to go
	naming    *turns // sessions that change their name, or take a seat

	observer  Observer
	every     listeners
	lobby     stream
	directory *directory

	work sync.WaitGroup     // timers' and streams' goroutines, and the sweeper's
	stop context.CancelFunc // ends the sweeper

	mu      sync.RWMutex
	closing bool                       // guarded by mu
	rooms   map[string]*room           // guarded by mu
	owners  map[string]map[string]bool // guarded by mu; rooms by the session that owns them
	slugs   map[string]string          // guarded by mu; ids of rooms
}

// Open starts a House on what the store holds. Seats that were taken when the last process ended
// are kept for a while (Limits.RestartGrace). Nothing else may use the store and the files.
func Open(ctx context.Context, o Options) (*House, error) {
	l := o.Limits.withDefaults()
	h := &House{
		store:   o.Store,
		files:   o.Files,
		secret:  o.Secret,
		log:     cmp.Or(o.Logger, slog.Default()),
		limits:  l,
		terms:   o.Terms.withDefaults(),
		hasher:  newHasher(l.Hashing, l.HashingQueue),
		rates:   newRates(l),
		rooms:   map[string]*room{},
		owners:  map[string]map[string]bool{},
		started: time.Now(),
		slugs:   map[string]string{},
		makers:  newTurns(),
		namers:  newTurns(),
		power:   newTurns(),
		naming:  newTurns(),
	}
	if o.Observer != nil {
		h.observer = *o.Observer
	}
	// A clock that was ahead when the epoch began mustn't keep rooms and files for years.
	h.began = h.store.Began()
	if now := time.Now(); h.began.After(now) {
		h.began = now
	}
	h.sessions = newSessions()
	h.offenders = newOffenders(l, h.log, &h.observer)
	h.directory = newDirectory(l.LobbyPause)
	h.renewals.told, h.renewals.strict = map[string]renewal{}, map[string]bool{}
	h.links = newLinks()
	h.uploading = &atOnce{limit: "address-uploads-at-once", most: l.AddressUploadsAtOnce, site: l.AddressesPerSite,
		under: map[string]int{}}
	h.searching = make(chan struct{}, l.Searching)
	h.exporting = make(chan struct{}, l.Exporting)
	h.space = &space{total: l.MediaTotal, reserve: l.DiskReserve}
	h.lobby.queue.Go = h.start
	if len(h.secret) == 0 {
		h.secret = make([]byte, 32)
		rand.Read(h.secret)
	}
	h.proofs = newProofs(h.secret, l)
	if err := h.store.Resume(ctx, now(), 2*beatPause); err != nil {
		return nil, fmt.Errorf("go on after a pause: %w", err)
	}
	records, err := h.store.Rooms(ctx)
	if err != nil {
		return nil, fmt.Errorf("read rooms: %w", err)
	}
	banned, err := h.store.Bans(ctx)
	if err != nil {
		return nil, fmt.Errorf("read bans: %w", err)
	}
	h.bans.set(banned...)
	kept, err := h.store.RoomBans(ctx)
	if err != nil {
		return nil, fmt.Errorf("read bans of rooms: %w", err)
	}
	media, err := h.store.MediaBytes(ctx)
	if err != nil {
		return nil, fmt.Errorf("sum images up: %w", err)
	}
	bans := map[string][]RoomBan{}
	for _, b := range kept {
		bans[b.Room] = append(bans[b.Room], b)
	}
	for _, rec := range records {
		h.rooms[rec.ID] = h.restore(rec, media[rec.ID], bans[rec.ID])
		h.own(rec.OwnerID, rec.ID, true)
		if rec.Slug != "" {
			h.slugs[rec.Slug] = rec.ID
		}
	}
	if err := h.readLast(ctx); err != nil {
		return nil, err
	}
	var sweeping context.Context
	sweeping, h.stop = context.WithCancel(context.Background())
	h.start(func() { h.sweep(sweeping) })
	h.start(func() { h.keepTime(sweeping) })
	return h, nil
}

// Close stops all timers, waits for events under way and closes the store. Calls that come later
// fail with Unavailable.
func (h *House) Close() error {
	h.mu.Lock()
	was := h.closing
	h.closing = true
	h.mu.Unlock()
	if was {
		return nil
	}
	h.stop()
	h.work.Wait()
	if err := h.writeSeen(context.Background()); err != nil {
		h.failed(context.Background(), "touch", "sessions not prolonged", "error", err)
	}
	h.beat(context.Background())
	return h.store.Close()
}

// Limits returns the limits in force.
func (h *House) Limits() Limits { return h.limits }

// Terms returns the terms in force.
func (h *House) Terms() Terms { return h.terms }

// Epoch names the data: a client whose epoch differs must forget what it has.
func (h *House) Epoch() string { return h.store.Epoch() }

// Subscribe calls fn with the events of a room ([Room.ID]), of all rooms ([EveryRoom]) or of the
// [Lobby]. The package comment says how fn is called. After stop returns, a call that has begun may
// still run. A subscription to a room ends with EventClosed; for an unknown room nothing is ever
// called.
func (h *House) Subscribe(name string, fn func(Event)) (stop func()) {
	switch name {
	case EveryRoom:
		return h.every.add(fn)
	case Lobby:
		return h.lobby.own.add(fn)
	}
	r, err := h.room(name)
	if err != nil {
		return func() {}
	}
	return r.stream.own.add(fn)
}

// InOrder runs fn between two events of a room, or of the [Lobby], later and in another goroutine:
// every event that was in the stream before has been delivered, and none is until fn returns. For
// an unknown room fn runs at once.
func (h *House) InOrder(name string, fn func()) {
	if name == Lobby {
		h.lobby.put(item{fn: fn})
		return
	}
	r, err := h.room(name)
	if err != nil {
		fn()
		return
	}
	r.stream.put(item{fn: fn})
}

// Room describes a room.
func (h *House) Room(id string) (Room, error) {
	r, err := h.room(id)
	if err != nil {
		return Room{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.view(), nil
}

func (h *House) room(id string) (*room, error) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if h.closing {
		return nil, Fail(Unavailable, "the server is stopping")
	}
	r := h.rooms[id]
	if r == nil {
		return nil, Fail(NoSuchRoom, "no such room")
	}
	return r, nil
}

// start runs fn in a goroutine that Close waits for. While closing it doesn't.
func (h *House) start(fn func()) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if h.closing {
		return false
	}
	h.work.Go(fn)
	return true
}

// after runs fn once, later. A timer that fires while closing does nothing.
func (h *House) after(d time.Duration, fn func()) *time.Timer {
	return time.AfterFunc(d, func() { h.start(fn) })
}

// failed logs a failure of the store or of the files that nobody is told of, once a minute for each
// kind, a constant: visitors and time bring many while the disk is full.
func (h *House) failed(ctx context.Context, kind, msg string, args ...any) {
	h.told.WarnContext(ctx, h.log, kind, msg, args...)
}
