package metrics_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/metrics"
	"github.com/madang-chat/madang/socketio"
)

// evening is what people do, one thing after another. Each returns by how much metrics grow.
type evening struct {
	*rig
	owner, guest *person
	room         string
	tab          *socket
	joined       object
}

type growth map[string]float64

// atLeast begins the names of those that what nobody asked for moves too.
const atLeast = "at least "

var things = []struct {
	what string
	do   func(e *evening) growth
}{
	{"a room is opened", func(e *evening) growth {
		if code := e.owner.do("POST", "/room", "application/json", strings.NewReader(`{"title":"Yard"}`)); code != 201 && code != 200 {
			e.t.Fatalf("status %d", code)
		}
		page, err := e.house.Lobby(chat.Visitor{}, chat.LobbyQuery{})
		if err != nil || len(page.Rooms) != 1 {
			e.t.Fatal(page, err)
		}
		e.room = page.Rooms[0].ID
		return growth{"madang_rooms_opened_total": 1, "madang_rooms": 1, "madang_listed_rooms": 1,
			`madang_http_requests_total{code="2xx",route="POST /room"}`: 1, `madang_http_request_duration_seconds{route="POST /room"}`: 1}
	}},
	{"somebody connects", func(e *evening) growth {
		e.tab = e.guest.socket()
		return growth{`socketio_connections{transport="websocket"}`: 1, `socketio_sockets{namespace="/chat"}`: 1,
			`socketio_connections_total{protocol="4",transport="websocket"}`: 1}
	}},
	{"and joins", func(e *evening) growth {
		e.joined = e.tab.must("join", object{"room": e.room})
		return growth{"madang_joins_total": 1, "madang_seats": 1, "madang_people": 1, atLeast + "madang_commit_seconds": 1, "madang_resumes_total": 0}
	}},
	{"and writes", func(e *evening) growth {
		e.tab.must("chat", object{"room": e.room, "cid": "c1", "chat": "hello"})
		return growth{`madang_messages_total{kind="text"}`: 1, "madang_message_ack_seconds": 1, atLeast + "madang_commit_seconds": 1, atLeast + "madang_commit_changes": 1,
			"madang_duplicate_sends_total": 0, `socketio_events_total{event="chat",namespace="/chat",result="ok"}`: 1}
	}},
	{"the answer is lost, and the message comes again", func(e *evening) growth {
		e.tab.must("chat", object{"room": e.room, "cid": "c1", "chat": "hello"})
		return growth{`madang_messages_total{kind="text"}`: 0, "madang_duplicate_sends_total": 1, "madang_message_ack_seconds": 1}
	}},
	{"a second tab has the same seat", func(e *evening) growth {
		s := e.guest.socket()
		s.must("join", object{"room": e.room})
		s.must("leave", object{"room": e.room})
		s.conn.CloseNow()
		return growth{"madang_joins_total": 0, "madang_seats": 0, "madang_people": 0, "madang_resumes_total": 0, "madang_resets_total": 0}
	}},
	{"somebody returns who knows a part", func(e *evening) growth {
		s := e.guest.socket()
		s.must("join", object{"room": e.room, "since": object{"epoch": e.joined["epoch"], "rev": e.joined["rev"]}})
		return growth{"madang_resumes_total": 1, "madang_resumed_messages_total": 1, "madang_resets_total": 0}
	}},
	{"somebody returns who knows other data", func(e *evening) growth {
		s := e.guest.socket()
		s.must("join", object{"room": e.room, "since": object{"epoch": "another", "rev": 3}})
		return growth{"madang_resumes_total": 0, "madang_resets_total": 1}
	}},
	{"somebody writes too fast", func(e *evening) growth {
		refused := 0.0
		for range 20 {
			reply := e.tab.ask("chat", object{"room": e.room, "cid": chat.NewID(), "chat": "!"})
			if reply["ok"] != true {
				refused++
			}
		}
		return growth{`madang_refusals_total{limit="send-per-second"}`: refused, `madang_messages_total{kind="text"}`: 20 - refused,
			"madang_message_ack_seconds": 20 - refused, `madang_lockouts_total{who="visitor"}`: 0}
	}},
	{"an image", func(e *evening) growth {
		e.owner.socket().must("join", object{"room": e.room})
		if code := e.owner.upload(e.room, gif); code != 200 {
			e.t.Fatalf("status %d", code)
		}
		return growth{"madang_uploads_total": 1, `madang_messages_total{kind="image"}`: 1, `madang_messages_total{kind="text"}`: 0,
			"madang_upload_bytes_total": float64(len(gif)), "madang_media_bytes": float64(len(gif)), "madang_people": 1,
			`madang_http_requests_total{code="2xx",route="POST /room/{id}/gif"}`: 1, "madang_uploads_in_progress": 0}
	}},
	{"a file that is none", func(e *evening) growth {
		if code := e.owner.upload(e.room, []byte("<script>")); code != 415 {
			e.t.Fatalf("status %d", code)
		}
		return growth{`madang_upload_rejects_total{reason="BAD_TYPE"}`: 1, "madang_uploads_total": 0,
			`madang_http_requests_total{code="4xx",route="POST /room/{id}/gif"}`: 1}
	}},
	{"a damaged image", func(e *evening) growth {
		e.owner.upload(e.room, gif[:20])
		return growth{`madang_upload_rejects_total{reason="BAD_IMAGE"}`: 1}
	}},
	{"too many images", func(e *evening) growth {
		taken := 0.0
		for e.owner.upload(e.room, gif) == 200 {
			taken++
		}
		return growth{`madang_upload_rejects_total{reason="uploads-per-minute"}`: 1, `madang_refusals_total{limit="uploads-per-minute"}`: 1,
			"madang_uploads_total": taken}
	}},
	{"a request that is another site's", func(e *evening) growth {
		p := &person{rig: e.rig}
		p.do("POST", "/no/such/page", "text/plain", nil)
		return growth{`madang_http_requests_total{code="4xx",route="/"}`: 1}
	}},
	{"somebody goes for good", func(e *evening) growth {
		e.tab.must("leave", object{"room": e.room})
		return growth{"madang_leaves_total": 0} // the other tabs hear still
	}},
	{"a connection breaks", func(e *evening) growth {
		e.tab.conn.CloseNow()
		return growth{`socketio_sockets{namespace="/chat"}`: -1, `socketio_connections_closed_total{reason="transport close"}`: 1}
	}},
	{"somebody won't hear that it is too fast", func(e *evening) growth {
		p := e.person()
		s := p.socket()
		s.must("join", object{"room": e.room})
		for range 60 {
			s.id++
			s.write(fmt.Sprintf(`42/chat,%d["chat",{"room":%q,"cid":"f%d","chat":"!"}]`, s.id, e.room, s.id))
		}
		e.await("a lockout", func(now growth) bool { return now[`madang_lockouts_total{who="visitor"}`] > 0 })
		return growth{`madang_lockouts_total{who="visitor"}`: 1, `madang_locked_out{who="visitor"}`: 1, `madang_locked_out{who="address"}`: 0}
	}},
	{"somebody is banned, and comes again", func(e *evening) growth {
		p := e.person()
		if _, err := e.house.Ban(e.t.Context(), chat.Ban{Session: p.ID}); err != nil {
			e.t.Fatal(err)
		}
		if code := p.do("GET", "/room", "", nil); code != 403 {
			e.t.Fatalf("status %d", code)
		}
		return growth{"madang_bans": 1, `madang_refusals_total{limit="ban"}`: 1}
	}},
	{"a transaction fails", func(e *evening) growth {
		e.metrics.Store().Committed(time.Millisecond, 3, errors.New("disk full"))
		return growth{"madang_commit_failures_total": 1}
	}},
	{"a heartbeat is answered", func(e *evening) growth {
		e.metrics.Sockets().RoundTrip(socketio.ConnectionInfo{Transport: "websocket"}, time.Millisecond)
		return growth{`socketio_heartbeat_round_trip_seconds{transport="websocket"}`: 1}
	}},
	{"the room is closed", func(e *evening) growth {
		if code := e.owner.do("DELETE", "/room/"+e.room, "", nil); code != 200 {
			e.t.Fatalf("status %d", code)
		}
		return growth{`madang_rooms_closed_total{reason="owner"}`: 1, "madang_rooms": -1, "madang_listed_rooms": -1}
	}},
}

// await waits until a scrape is as it should.
func (r *rig) await(what string, holds func(growth) bool) {
	r.t.Helper()
	for end := time.Now().Add(patience); !holds(r.read()); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			r.t.Fatalf("%s doesn't come:\n%s", what, r.scrape())
		}
	}
}

// TestO6MetricsMove does what people do and looks what grows. What goroutines tell of may come a
// moment later, so it waits for that and looks for more afterwards.
func TestO6MetricsMove(t *testing.T) {
	e := begin(t)
	for _, thing := range things {
		before := e.read()
		want := thing.do(e)
		var wrong []string
		settled := func(now growth) bool {
			wrong = nil
			for _, name := range slices.Sorted(maps.Keys(want)) {
				metric, more := strings.CutPrefix(name, atLeast)
				_, known := now[metric]
				if got := now[metric] - before[metric]; !known || got < want[name] || got > want[name] && !more {
					wrong = append(wrong, fmt.Sprintf("%s grew by %v, want %v", name, got, want[name]))
				}
			}
			return len(wrong) == 0
		}
		for end := time.Now().Add(patience / 4); !settled(e.read()) && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		}
		if len(wrong) > 0 {
			t.Errorf("%s: %s", thing.what, strings.Join(wrong, "\n\t"))
		}
	}
}

func begin(t testing.TB) *evening {
	e := &evening{rig: start(t, chat.Limits{Offences: 30}, metrics.Options{
		Version:           "1.2.3",
		Ready:             func() bool { return true },
		CertificateExpiry: func() time.Time { return time.Unix(2e9, 0) },
	})}
	e.owner, e.guest = e.person(), e.person()
	return e
}

// TestO6MetricsAreThere has the list of the check, by what a scrape of a busy server holds.
func TestO6MetricsAreThere(t *testing.T) {
	e := begin(t)
	for _, thing := range things {
		thing.do(e)
	}
	now := e.read()
	for what, names := range map[string][]string{
		"sockets":           {`socketio_sockets{namespace="/chat"}`, `socketio_connections{transport="websocket"}`},
		"rooms":             {"madang_rooms", "madang_listed_rooms", "madang_rooms_opened_total", `madang_rooms_closed_total{reason="owner"}`, `madang_rooms_closed_total{reason="empty"}`},
		"joins":             {"madang_joins_total", "madang_leaves_total", "madang_people", "madang_seats"},
		"messages":          {`madang_messages_total{kind="text"}`, `madang_messages_total{kind="image"}`},
		"acks":              {"madang_message_ack_seconds"},
		"dup sends":         {"madang_duplicate_sends_total"},
		"resumes":           {"madang_resumes_total"},
		"resets":            {"madang_resets_total"},
		"drops by reason":   {`socketio_connections_closed_total{reason="transport close"}`, "socketio_dropped_total"},
		"queue depth":       {`madang_write_queue_changes{queue="messages"}`, `madang_write_queue_changes{queue="sessions"}`, "socketio_queue_bytes"},
		"limiter hits":      {`madang_refusals_total{limit="send-per-second"}`, `madang_lockouts_total{who="address"}`},
		"upload rejects":    {`madang_upload_rejects_total{reason="BAD_TYPE"}`},
		"DB write latency":  {"madang_commit_seconds", "madang_commit_changes", "madang_commit_failures_total"},
		"WAL size":          {"madang_wal_bytes", "madang_database_bytes"},
		"disk free":         {"madang_disk_free_bytes", "madang_media_limit_bytes"},
		"goroutines":        {"go_goroutines"},
		"build, start":      {"madang_start_time_seconds", "madang_certificate_expiry_timestamp_seconds", "madang_ready"},
		"memory, processor": {"process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds", "process_max_fds"},
	} {
		for _, name := range names {
			if _, ok := now[name]; !ok {
				t.Errorf("%s: there is no %s", what, name)
			}
		}
	}
	if n := now["madang_certificate_expiry_timestamp_seconds"]; n != 2e9 {
		t.Errorf("the certificate ends at %v", n)
	}
	problems, err := promlint.New(strings.NewReader(e.scrape())).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("promlint: %v %v", problems, err)
	}
}
