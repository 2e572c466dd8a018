package metrics

import (
	"errors"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/httpapi"
	"github.com/madang-chat/madang/chat/live"
	"github.com/madang-chat/madang/chat/sqlite"
	"github.com/madang-chat/madang/socketio"
)

// House is for [chat.Options].
func (m *Metrics) House() *chat.Observer {
	c := &m.counts
	return &chat.Observer{
		Opened: c.roomsOpened.Inc,
		Closed: func(reason string) { c.roomsClosed.WithLabelValues(reason).Inc() },
		Joined: c.joins.Inc,
		Left:   c.leaves.Inc,
		Sent: func(kind chat.Kind) {
			if kind == chat.KindMedia {
				c.images.Inc()
			} else {
				c.texts.Inc()
			}
		},
		Duplicate: c.duplicates.Inc,
		Resumed: func(changes int) {
			c.resumes.Inc()
			c.resumed.Add(float64(changes))
		},
		Reset: c.resets.Inc,
		Uploaded: func(bytes int64) {
			c.uploads.Inc()
			c.uploadBytes.Add(float64(bytes))
		},
		Refused: m.Refused,
		LockedOut: func(session, of bool) {
			if session {
				c.lockouts.WithLabelValues(visitor).Inc()
			}
			if of {
				c.lockouts.WithLabelValues(address).Inc()
			}
		},
	}
}

// Refused counts what a limit refused where the House isn't asked.
func (m *Metrics) Refused(limit string) { m.counts.refusals.WithLabelValues(limit).Inc() }

// Store is for [sqlite.Options].
func (m *Metrics) Store() *sqlite.Observer {
	c := &m.counts
	return &sqlite.Observer{
		Committed: func(took time.Duration, jobs int, err error) {
			c.commits.Observe(took.Seconds())
			c.jobs.Observe(float64(jobs))
			if err != nil {
				c.commitFailures.Inc()
			}
		},
		Checkpointed: func(err error) {
			c.checkpoints.Inc()
			if err != nil {
				c.checkpointFailures.Inc()
			}
		},
	}
}

// Site is for [httpapi.Options].
func (m *Metrics) Site() *httpapi.Observer {
	c := &m.counts
	return &httpapi.Observer{
		Answered: func(route string, status int, took time.Duration) {
			if route == "" {
				route = "(refused)"
			}
			c.requests.WithLabelValues(route, class(status)).Inc()
			c.requestTimes.WithLabelValues(route).Observe(took.Seconds())
		},
		UploadRefused: func(err error, gone bool) { c.uploadRejects.WithLabelValues(reason(err, gone)).Inc() },
	}
}

// class is that of a status: "2xx".
func class(status int) string {
	switch status / 100 {
	case 1:
		return "1xx"
	case 2:
		return "2xx"
	case 3:
		return "3xx"
	case 4:
		return "4xx"
	case 5:
		return "5xx"
	}
	return "none"
}

// reason is why an image wasn't taken: the limit, else the code.
func reason(err error, gone bool) string {
	if gone {
		return "gone"
	}
	if e, ok := errors.AsType[*chat.Error](err); ok && e.Limit != "" {
		return e.Limit
	}
	return string(chat.CodeOf(err))
}

// Sockets is for live.Options: what sioprom counts, and how long messages wait for their
// acknowledgement.
func (m *Metrics) Sockets() *socketio.Observer {
	o := m.sockets.Observer()
	handled := o.Handled
	o.Handled = func(s *socketio.Socket, h socketio.HandledInfo) {
		handled(s, h)
		if h.Event == live.Send.Name() && h.Err == nil {
			m.counts.acks.Observe((h.Waited + h.Took).Seconds())
		}
	}
	return o
}
