package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/sqlite"
)

// Gauges that are asked for by a scrape.
var (
	startTime   = desc("start_time_seconds", "When the server started, in seconds since 1970.")
	certificate = desc("certificate_expiry_timestamp_seconds", "When the first of the certificates ends, in seconds since 1970.")
	ready       = desc("ready", "1 while the server can work, by a write; else 0.")

	rooms       = desc("rooms", "Rooms that are open.")
	listedRooms = desc("listed_rooms", "Rooms that the list has.")
	seats       = desc("seats", "Seats that are taken, in all rooms.")
	people      = desc("people", "Visitors who have a seat, each once.")
	sessions    = desc("remembered_sessions", "Sessions that are remembered, so that they cost no query.")
	uploading   = desc("uploads_in_progress", "Images that are coming.")
	mediaBytes  = desc("media_bytes", "Bytes of the images that are kept.")
	mediaHeld   = desc("media_reserved_bytes", "Bytes that images that are coming have reserved.")
	mediaLimit  = desc("media_limit_bytes", "Bytes that images may take in all.")
	diskFree    = desc("disk_free_bytes", "Bytes that may still be written where the images lie.")
	diskReserve = desc("disk_reserve_bytes", "Free bytes below which no image is taken.")
	hashing     = desc("hashing_passwords", "Passwords that are hashed.")
	hashQueue   = desc("hashing_queue_passwords", "Passwords that wait to be hashed.")
	lockedOut   = desc("locked_out", "Visitors and addresses that are locked out.", "who")
	bans        = desc("bans", "Bans in force.")

	queueJobs     = desc("write_queue_changes", "Changes that wait for a transaction, by queue.", "queue")
	queueMost     = desc("write_queue_limit_changes", "Changes that a queue holds; who comes then waits to get in.")
	databaseBytes = desc("database_bytes", "Size of the database file.")
	walBytes      = desc("wal_bytes", "Size of the file of the write-ahead log.")
)

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("madang_"+name, help, labels, nil)
}

// Describe implements [prometheus.Collector].
func (m *Metrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{startTime, certificate, ready, rooms, listedRooms, seats, people, sessions, uploading,
		mediaBytes, mediaHeld, mediaLimit, diskFree, diskReserve, hashing, hashQueue, lockedOut, bans, queueJobs, queueMost,
		databaseBytes, walBytes} {
		to <- d
	}
}

// Collect implements [prometheus.Collector].
func (m *Metrics) Collect(to chan<- prometheus.Metric) {
	m.mu.Lock()
	w := m.watched
	m.mu.Unlock()
	g := gauges(to)
	g.tell(startTime, float64(m.started.UnixMilli())/1000)
	if f := m.options.CertificateExpiry; f != nil {
		if at := f(); !at.IsZero() {
			g.tell(certificate, float64(at.Unix()))
		}
	}
	if f := m.options.Ready; f != nil {
		n := 0.0
		if f() {
			n = 1
		}
		g.tell(ready, n)
	}
	if w.House != nil {
		g.house(w.House)
	}
	if w.Store != nil {
		g.store(w.Store.Stats())
	}
}

type gauges chan<- prometheus.Metric

func (g gauges) tell(d *prometheus.Desc, n float64, labels ...string) {
	g <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, n, labels...)
}

func (g gauges) house(h *chat.House) {
	s, limits := h.Stats(), h.Limits()
	g.tell(rooms, float64(s.Rooms))
	g.tell(listedRooms, float64(s.Listed))
	g.tell(seats, float64(s.Seats))
	g.tell(people, float64(s.People))
	g.tell(sessions, float64(s.Sessions))
	g.tell(uploading, float64(s.Uploads))
	g.tell(mediaBytes, float64(s.MediaBytes))
	g.tell(mediaHeld, float64(s.MediaHeld))
	if limits.MediaTotal >= 0 {
		g.tell(mediaLimit, float64(limits.MediaTotal))
	}
	if s.DiskFree >= 0 {
		g.tell(diskFree, float64(s.DiskFree))
	}
	if limits.DiskReserve >= 0 {
		g.tell(diskReserve, float64(limits.DiskReserve))
	}
	g.tell(hashing, float64(s.Hashing))
	g.tell(hashQueue, float64(s.HashingQueue))
	g.tell(lockedOut, float64(s.LockedOutSessions), visitor)
	g.tell(lockedOut, float64(s.LockedOutAddresses), address)
	g.tell(bans, float64(s.Bans))
}

func (g gauges) store(s sqlite.Stats) {
	g.tell(queueJobs, float64(s.Messages), "messages")
	g.tell(queueJobs, float64(s.Later), "sessions")
	g.tell(queueMost, float64(s.QueueMost))
	g.tell(databaseBytes, float64(s.Database))
	g.tell(walBytes, float64(s.Log))
}
