package pgbus

import (
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/madang-chat/madang/socketio/internal/adapter"
	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// FuzzNotification is what other programs say on the channels, and what lies in the table.
func FuzzNotification(f *testing.F) {
	for _, seed := range []string{
		"", "{", `{"uid":"a","type":3,"attachmentId":"7"}`, `{"uid":"a","type":3,"attachmentId":"-7"}`, `{"type":1,"uid":"a","nsp":"/"}`, `{"type":13,"uid":"a"}`,
		`{"type":3,"data":{"packet":{"type":2,"data":["x",1]},"opts":{"rooms":["r"],"except":[],"flags":{}},"requestId":"0"},"uid":"a","nsp":"/"}`,
		"\x84\xa4type\x03\xa3uid\xa1a\xa3nsp\xa1/\xa4data\x82\xa6packet\x82\xa4type\x02\xa4data\x92\xa1b\xc4\x02\x01\x02\xa4opts\x83\xa5rooms\x90\xa6except\x90\xa5flags\x80",
		`!{"Kind":6}`, `{"type":"hello","name":"b","run":"1"}`,
	} {
		for channel := range byte(4) {
			f.Add(channel, []byte(seed), false)
			f.Add(channel, []byte(seed), true)
		}
	}
	l := testLine(f)
	k := &link{line: l, Session: &cluster.Session{Bus: l.bus}, namespaces: map[string]string{"socket.io#/": "/"}, again: make(map[string]bool)}
	channels := []string{"socket.io#/", "socket.io-madang", "socket.io-madang-of#g1", "socket.io-madang-all"}
	f.Fuzz(func(t *testing.T, channel byte, payload []byte, attached bool) {
		n := &pgconn.Notification{Channel: channels[int(channel)%len(channels)], Payload: string(payload)}
		if attached {
			n.Payload = `{"uid":"a","type":3,"attachmentId":"7"}`
		}
		for _, p := range k.open(nil, n) {
			if p.id < 0 || attached != (p.id != 0) && attached {
				t.Fatalf("the attachment %d", p.id)
			}
			if attached {
				k.fill(p, payload)
			}
			switch v := p.Value.(type) {
			case nil, error:
			case adapter.Envelope:
				m, err := l.Read(p.Arrival)
				if m != nil && (err != nil || m.From == "" || m.Kind == 0) {
					t.Fatalf("%+v of %q, %v", m, payload, err)
				}
			default:
				t.Fatalf("%T", v)
			}
		}
	})
}
