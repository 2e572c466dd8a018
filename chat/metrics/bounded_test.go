package metrics_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/metrics"
)

// TestO6LabelsAreBounded lets visitors invent what they can: none of it becomes a label.
func TestO6LabelsAreBounded(t *testing.T) {
	e := begin(t)
	for _, thing := range things {
		thing.do(e)
	}
	invent := func(i int) {
		name := fmt.Sprintf("invented-%d", i)
		for _, path := range []string{"/" + name, "/room/" + name, "/room/" + name + "/messages", "/gif/" + name, "/r/" + name, "//" + name,
			"/room/%2e%2e/" + name, "/socket.io/" + name, "/socket.io/?EIO=4&transport=" + name, "/socket.io/?EIO=" + name} {
			for _, method := range []string{"GET", "POST", "DELETE", "HEAD", strings.ToUpper(name)} {
				q, err := http.NewRequestWithContext(t.Context(), method, e.url+path, strings.NewReader(name))
				if err != nil {
					t.Fatal(err)
				}
				q.Host = name + ".example"
				for _, header := range []string{"Origin", "Content-Type", "Accept", "User-Agent", "X-Forwarded-For", "Cookie"} {
					q.Header.Set(header, name)
				}
				if a, err := http.DefaultTransport.RoundTrip(q); err == nil {
					a.Body.Close()
				}
			}
		}
		p := e.person()
		s := p.socket()
		s.ask("join", object{"room": name, "since": object{"epoch": name}})
		s.ask("chat", object{"room": name, "cid": name, "chat": name})
		s.write(fmt.Sprintf("42/chat,[%q,%q]", name, name))
		s.write(fmt.Sprintf("40/%s,", name))
		s.conn.CloseNow()
	}
	series := func() (all []string) {
		for line := range strings.Lines(e.scrape()) {
			if i := strings.LastIndexByte(line, ' '); i > 0 && !strings.HasPrefix(line, "#") {
				all = append(all, line[:i])
			}
		}
		return all
	}
	for i := range 3 {
		invent(i)
	}
	before := series()
	for i := range 10 {
		invent(100 + i)
	}
	after := series()
	for _, s := range after {
		if strings.Contains(strings.ToLower(s), "invented") || strings.Contains(s, "127.0.0.1") || strings.Contains(s, e.room) {
			t.Errorf("a visitor has made %s", s)
		}
		if !slices.Contains(before, s) {
			t.Logf("new: %s", s)
		}
	}
	if len(after) > len(before)+20 || len(after) > 1000 {
		t.Errorf("%d series became %d", len(before), len(after))
	}
}

// A scrape while everything is closed, or not open yet, answers.
func TestScrapeOfNothing(t *testing.T) {
	m := metrics.New(metrics.Options{})
	r := &rig{t: t, metrics: m}
	if now := r.read(); now["madang_start_time_seconds"] == 0 {
		t.Error("there is no start time")
	} else if _, ok := now["madang_rooms"]; ok {
		t.Error("it knows the rooms of nothing")
	}
	e := start(t, chat.Limits{}, metrics.Options{})
	if err := e.house.Close(); err != nil {
		t.Fatal(err)
	}
	e.scrape()
}
