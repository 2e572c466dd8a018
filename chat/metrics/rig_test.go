package metrics_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/httpapi"
	"github.com/madang-chat/madang/chat/live"
	"github.com/madang-chat/madang/chat/media"
	"github.com/madang-chat/madang/chat/metrics"
	"github.com/madang-chat/madang/chat/sqlite"
	"github.com/madang-chat/madang/chat/sqlite/sqlitetest"
	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// rig is a whole server whose metrics are looked at.
type rig struct {
	t       testing.TB
	metrics *metrics.Metrics
	house   *chat.House
	store   *sqlite.Store
	url     string
}

func start(t testing.TB, limits chat.Limits, o metrics.Options) *rig {
	t.Helper()
	return startFor(t, limits, o, true)
}

// startFor starts one that is observed, or not.
func startFor(t testing.TB, limits chat.Limits, o metrics.Options, observed bool) *rig {
	t.Helper()
	r := &rig{t: t, metrics: metrics.New(o)}
	dir := t.TempDir()
	var err error
	check := func() {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	log := slog.New(slog.DiscardHandler)
	inStore, inHouse, inSockets, inSite := r.metrics.Store(), r.metrics.House(), r.metrics.Sockets(), r.metrics.Site()
	if !observed {
		inStore, inHouse, inSockets, inSite = nil, nil, nil, nil
	}
	path := filepath.Join(dir, "chat.db")
	sqlitetest.Prepare(t, path)
	r.store, err = sqlite.Open(t.Context(), path, sqlite.Options{Durability: sqlite.Normal, Observer: inStore})
	check()
	files, err := media.Open(filepath.Join(dir, "media"))
	check()
	limits.CloseGrace = cmp.Or(limits.CloseGrace, -1) // most tests want an end at once
	r.house, err = chat.Open(t.Context(), chat.Options{Store: r.store, Files: files, Logger: log, Limits: limits,
		Observer: inHouse})
	check()
	files.Limits = media.LimitsOf(r.house.Limits())
	door := live.New(live.Options{House: r.house, Logger: log, Observer: inSockets})
	site, err := httpapi.New(httpapi.Options{House: r.house, Files: files, Socket: door, Logger: log, Observer: inSite})
	check()
	r.metrics.Watch(metrics.Watched{House: r.house, Store: r.store, Sockets: door.Server()})
	server := httptest.NewServer(site)
	r.url = server.URL
	t.Cleanup(func() {
		door.Close()
		server.CloseClientConnections()
		server.Close()
		if err := r.house.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// scrape is what Prometheus would get.
func (r *rig) scrape() string {
	r.t.Helper()
	w := httptest.NewRecorder()
	r.metrics.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != http.StatusOK {
		r.t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func families(t testing.TB, text string) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	all, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// read is a scrape as values by name{label="value"}; of histograms their count.
func (r *rig) read() map[string]float64 {
	r.t.Helper()
	values := map[string]float64{}
	for name, f := range families(r.t, r.scrape()) {
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
			}
			key := name
			if len(labels) > 0 {
				key += "{" + strings.Join(labels, ",") + "}"
			}
			values[key] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return values
}

// person is a visitor with a browser.
type person struct {
	chat.Visitor
	*rig
	token string
}

func (r *rig) person() *person {
	r.t.Helper()
	token, id, err := r.house.NewSession(r.t.Context(), "en", "")
	if err != nil {
		r.t.Fatal(err)
	}
	return &person{chat.Visitor{Identity: id}, r, token}
}

// do sends a request as a page does.
func (p *person) do(method, path, kind string, body io.Reader) int {
	p.t.Helper()
	q, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, body)
	if err != nil {
		p.t.Fatal(err)
	}
	q.Header.Set("Cookie", "sid="+p.token)
	q.Header.Set("Origin", p.url)
	q.Header.Set("Content-Type", kind)
	q.Header.Set("Accept", "application/json")
	a, err := http.DefaultTransport.RoundTrip(q)
	if err != nil {
		p.t.Fatal(err)
	}
	defer a.Body.Close()
	io.Copy(io.Discard, a.Body)
	return a.StatusCode
}

// upload sends an image to a room.
func (p *person) upload(room string, image []byte) int {
	p.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, _ := form.CreateFormFile("gif", "a.gif")
	part.Write(image)
	form.WriteField("cid", chat.NewID())
	form.Close()
	return p.do("POST", "/room/"+room+"/gif", form.FormDataContentType(), &b)
}

// gif is the smallest image.
var gif = []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b")

// socket is a connection in /chat.
type socket struct {
	*person
	conn *websocket.Conn
	id   int
}

func (p *person) socket() *socket {
	p.t.Helper()
	conn, _, err := websocket.Dial(p.t.Context(), "ws"+strings.TrimPrefix(p.url, "http")+"/socket.io/?EIO=4&transport=websocket",
		&websocket.DialOptions{HTTPHeader: http.Header{"Origin": {p.url}, "Cookie": {"sid=" + p.token}}})
	if err != nil {
		p.t.Fatal(err)
	}
	s := &socket{person: p, conn: conn}
	p.t.Cleanup(func() { conn.CloseNow() })
	s.write("40/chat,")
	s.await("40/chat,")
	return s
}

func (s *socket) write(packet string) {
	s.t.Helper()
	if err := s.conn.Write(s.t.Context(), websocket.MessageText, []byte(packet)); err != nil {
		s.t.Fatal(err)
	}
}

// await returns what follows a prefix in the first packet that has it.
func (s *socket) await(prefix string) string {
	s.t.Helper()
	for {
		_, data, err := s.conn.Read(s.t.Context())
		if err != nil {
			s.t.Fatalf("waiting for %q: %v", prefix, err)
		}
		if rest, ok := strings.CutPrefix(string(data), prefix); ok {
			return rest
		}
	}
}

// ask emits an event and returns its answer.
func (s *socket) ask(event string, payload any) map[string]any {
	s.t.Helper()
	s.id++
	args, _ := json.Marshal([]any{event, payload})
	s.write(fmt.Sprintf("42/chat,%d%s", s.id, args))
	var reply []map[string]any
	if err := json.Unmarshal([]byte(s.await(fmt.Sprintf("43/chat,%d", s.id))), &reply); err != nil {
		s.t.Fatal(err)
	}
	return reply[0]
}

// object is a JSON object.
type object = map[string]any

// must is ask for what has to succeed.
func (s *socket) must(event string, payload any) object {
	s.t.Helper()
	reply := s.ask(event, payload)
	if reply["ok"] != true {
		s.t.Fatalf("%s: %v", event, reply)
	}
	return reply
}

// patience is for what comes soon.
const patience = time.Minute
