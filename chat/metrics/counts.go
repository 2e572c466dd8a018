package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/madang-chat/madang/chat"
)

// counts are what observers count. Those that each message meets are held by themselves, so that
// none is looked up for it.
type counts struct {
	joins, leaves            prometheus.Counter
	messages                 *prometheus.CounterVec
	texts, images            prometheus.Counter // of messages
	duplicates               prometheus.Counter
	resumes, resumed, resets prometheus.Counter
	roomsOpened              prometheus.Counter
	roomsClosed              *prometheus.CounterVec
	uploads, uploadBytes     prometheus.Counter
	uploadRejects            *prometheus.CounterVec
	refusals, lockouts       *prometheus.CounterVec
	acks                     prometheus.Histogram
	requests                 *prometheus.CounterVec
	requestTimes             *prometheus.HistogramVec
	commits, jobs            prometheus.Histogram
	commitFailures           prometheus.Counter
	checkpoints              prometheus.Counter
	checkpointFailures       prometheus.Counter
}

// The upper bounds of the histograms: seconds of what waits for the disk, seconds of what also
// waits for a network, and changes.
var (
	diskTimes    = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5}
	requestTimes = []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 30, 120}
	jobCounts    = []float64{1, 2, 4, 8, 16, 32, 64}
)

func newCounts() counts {
	c := counts{
		joins:         total("joins_total", "Seats that were taken; who returns to a kept one takes none."),
		leaves:        total("leaves_total", "Seats that were freed, but those of rooms that closed."),
		messages:      counter("messages_total", "Messages that were kept, by kind.", "kind"),
		duplicates:    total("duplicate_sends_total", "Messages that were sent again and had been kept already."),
		resumes:       total("resumes_total", "Returns to a room that were told what they missed."),
		resumed:       total("resumed_messages_total", "Messages that returns to a room were told."),
		resets:        total("resets_total", "Returns to a room that began anew: too much was missed, or the data is other."),
		roomsOpened:   total("rooms_opened_total", "Rooms that were opened."),
		roomsClosed:   counter("rooms_closed_total", "Rooms that were closed, by reason.", "reason"),
		uploads:       total("uploads_total", "Images that were kept."),
		uploadBytes:   total("upload_bytes_total", "Bytes of the images that were kept."),
		uploadRejects: counter("upload_rejects_total", "Images that weren't taken, by the limit or the error code.", "reason"),
		refusals:      counter("refusals_total", "Requests, events and connections that a limit refused, by limit, or a ban.", "limit"),
		lockouts:      counter("lockouts_total", "Lockouts for too many refusals.", "who"),
		acks:          histogram("message_ack_seconds", "Time from the arrival of a message by a socket to its acknowledgement.", diskTimes),
		requests:      counter("http_requests_total", "HTTP requests, but those of sockets and of health checks, by route and class of status.", "route", "code"),
		requestTimes: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "madang_http_request_duration_seconds",
			Help: "Time that HTTP requests took, but those of sockets and of health checks.", Buckets: requestTimes}, []string{"route"}),
		commits:            histogram("commit_seconds", "Time that transactions took, their changes included.", diskTimes),
		jobs:               histogram("commit_changes", "Changes that transactions had.", jobCounts),
		commitFailures:     total("commit_failures_total", "Transactions that failed, as they do on a full disk."),
		checkpoints:        total("checkpoints_total", "Moves of the write-ahead log into the database."),
		checkpointFailures: total("checkpoint_failures_total", "Moves of the write-ahead log into the database that failed."),
	}
	// What is known to come is there from the beginning, as 0: the first of a kind is a change.
	c.texts, c.images = c.messages.WithLabelValues("text"), c.messages.WithLabelValues("image")
	for _, reason := range []string{chat.ClosedByOwner, chat.ClosedEmpty, chat.ClosedByOperator} {
		c.roomsClosed.WithLabelValues(reason)
	}
	for _, l := range chat.AllLimits() {
		switch l.Code {
		case chat.RateLimited, chat.LockedOut, chat.TooManyRooms, chat.ServerFull, chat.NoSpace, chat.Unavailable:
			c.refusals.WithLabelValues(l.Name)
		}
	}
	c.refusals.WithLabelValues(chat.RefusedBan)
	c.refusals.WithLabelValues("connections-per-address") // which closes without an answer
	for _, who := range []string{visitor, address} {
		c.lockouts.WithLabelValues(who)
	}
	for _, code := range []chat.Code{chat.BadType, chat.BadImage, chat.TooLarge} {
		c.uploadRejects.WithLabelValues(string(code))
	}
	return c
}

// Values of the label who.
const (
	visitor = "visitor"
	address = "address"
)

func (c *counts) all() []prometheus.Collector {
	return []prometheus.Collector{c.joins, c.leaves, c.messages, c.duplicates, c.resumes, c.resumed, c.resets, c.roomsOpened,
		c.roomsClosed, c.uploads, c.uploadBytes, c.uploadRejects, c.refusals, c.lockouts, c.acks, c.requests, c.requestTimes,
		c.commits, c.jobs, c.commitFailures, c.checkpoints, c.checkpointFailures}
}

func total(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Name: "madang_" + name, Help: help})
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "madang_" + name, Help: help}, labels)
}

func histogram(name, help string, buckets []float64) prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{Name: "madang_" + name, Help: help, Buckets: buckets})
}
