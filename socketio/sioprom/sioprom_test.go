package sioprom_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/madang-chat/madang/internal/leak"
	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/sioprom"
	"github.com/madang-chat/madang/socketio/siotest"
)

func TestMain(m *testing.M) { leak.Main(m) }

// gather is what a registry shows: lines of name{labels} with the value, or the count of a
// histogram.
func gather(t *testing.T, m *sioprom.Metrics) map[string]float64 {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	if err := r.Register(m); err != nil {
		t.Fatal(err)
	}
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]float64)
	for _, f := range families {
		for _, metric := range f.GetMetric() {
			var labels []string
			for _, l := range metric.GetLabel() {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			name := strings.TrimPrefix(f.GetName(), "socketio_")
			if len(labels) > 0 {
				name += "{" + strings.Join(labels, ",") + "}"
			}
			h := metric.GetHistogram()
			all[name] = metric.GetGauge().GetValue() + metric.GetCounter().GetValue() + float64(h.GetSampleCount())
			if h != nil {
				all[name+" sum"] = h.GetSampleSum()
			}
		}
	}
	return all
}

func expect(t *testing.T, m *sioprom.Metrics, want map[string]float64) {
	t.Helper()
	got := gather(t, m)
	for name, v := range want {
		if g, ok := got[name]; !ok || g != v {
			var known []string
			for name, v := range got {
				known = append(known, fmt.Sprint(name, " ", v))
			}
			slices.Sort(known)
			t.Fatalf("%s is %v, want %v; there are\n%s", name, g, v, strings.Join(known, "\n"))
		}
	}
}

func TestMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := sioprom.New()
		s := siotest.NewServer(t, socketio.Options{Observer: m.Observer()})
		m.Watch(s)
		main := s.Of("/")
		s.OfRegexp(regexp.MustCompile(`^/d-\d$`))
		socketio.OnCall(main, "slow", func(context.Context, *socketio.Socket, socketio.None) (int, error) {
			time.Sleep(2 * time.Second)
			return 1, nil
		})
		socketio.OnCall(main, "fail", func(context.Context, *socketio.Socket, socketio.None) (int, error) { return 0, errors.New("no") })
		limited := &socketio.Error{Code: socketio.CodeRateLimited}
		socketio.OnCall(main, "limited", func(context.Context, *socketio.Socket, socketio.None) (int, error) { return 0, limited })

		a := siotest.Dial(t, s, "/", siotest.Options{Patience: time.Minute})
		siotest.Dial(t, s, "/d-1", siotest.Options{})
		siotest.Dial(t, s, "/d-2", siotest.Options{})
		a.Ask("slow")
		a.Ask("fail")
		a.Ask("limited")
		a.Emit("invented by a client")
		if err := main.Emit("x", "abc"); err != nil {
			t.Fatal(err)
		}
		a.Expect("x", "abc")
		synctest.Wait()
		expect(t, m, map[string]float64{
			"connections{transport=websocket}":                           3,
			"connections_total{protocol=4,transport=websocket}":          3,
			"sockets{namespace=/}":                                       1,
			"sockets{namespace=(dynamic)}":                               2,
			"events_total{event=slow,namespace=/,result=ok}":             1,
			"events_total{event=fail,namespace=/,result=error}":          1,
			"events_total{event=limited,namespace=/,result=refused}":     1,
			"events_total{event=(unknown),namespace=/,result=unhandled}": 1,
			"event_duration_seconds{event=slow,namespace=/}":             1,
			"event_duration_seconds{event=slow,namespace=/} sum":         2,
			"event_wait_seconds{namespace=/}":                            4,
			"emitted_total{event=x,namespace=/}":                         1,
			"emitted_bytes_total{namespace=/}":                           float64(len(`2["x","abc"]`)),
			"queue_bytes":                                                0,
			"dropped_total":                                              0,
		})
		time.Sleep(30 * time.Second) // one heartbeat each
		synctest.Wait()
		expect(t, m, map[string]float64{"heartbeat_round_trip_seconds{transport=websocket}": 3})
		a.Drop()
		if why := a.Reason(); why == "" {
			t.Fatal("no reason")
		}
		synctest.Wait()
		expect(t, m, map[string]float64{
			"connections{transport=websocket}":                                 2,
			"sockets{namespace=/}":                                             0,
			"connections_closed_total{reason=" + string(a.Reason()) + "}":      1,
			"disconnects_total{namespace=/,reason=" + string(a.Reason()) + "}": 1,
		})
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		expect(t, m, map[string]float64{
			"connections{transport=websocket}":                                   0,
			"sockets{namespace=(dynamic)}":                                       0,
			"disconnects_total{namespace=(dynamic),reason=server shutting down}": 2,
		})
	})
}

func TestUpgrade(t *testing.T) {
	m := sioprom.New()
	o, polling := m.Observer(), socketio.ConnectionInfo{Transport: "polling", Protocol: 3}
	o.Opened(polling)
	for range 2 { // the first one fails
		o.Upgrading(polling)
	}
	o.Upgraded(socketio.ConnectionInfo{Transport: "websocket", Protocol: 3})
	expect(t, m, map[string]float64{
		"connections{transport=polling}":                  0,
		"connections{transport=websocket}":                1,
		"connections_total{protocol=3,transport=polling}": 1,
		"upgrades_started_total":                          2,
		"upgrades_total":                                  1,
	})
}

// The queue of a client that doesn't read is shown, and what is dropped because of it.
func TestQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := sioprom.New()
		s := siotest.NewServer(t, socketio.Options{Observer: m.Observer()})
		m.Watch(s)
		c := siotest.Dial(t, s, "/", siotest.Options{})
		c.Pause()
		for range 10 {
			if err := s.Of("/").Volatile().Emit("x", strings.Repeat("x", 10_000)); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		got := gather(t, m)
		if got["queue_bytes"] < 10_000 || got["dropped_total"] == 0 {
			t.Errorf("%v bytes wait, %v were dropped", got["queue_bytes"], got["dropped_total"])
		}
	})
}
