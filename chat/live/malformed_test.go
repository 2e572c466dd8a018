package live_test

import (
	"context"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/live"
)

// malformed are messages that break the protocol, or nearly do. [] stands for the namespace.
var malformed = []string{
	"", "4", "5", "6", "1", "2", "3", "0", "7", "9", "b", "bAAAA", "b!!!!", "\x00", "\xff\xfe", "4\xff", "가", "4가", "2probe", "3probe", "44", "45", "46",
	"40", "40,", "40/", "40/,", "40/chat", "40/chat,[", "40/chat,[]", "40/chat,1", `40/chat,"x"`, "40/chat,{", "40/chat?x=1,", "40/room,{}", "40//,", "40/\x00,",
	"41", "41/chat,", "41/nowhere,", "41/chat,x", "42", "42/chat", "42/chat,", "42/chat,{}", "42/chat,[]", "42/chat,[1]", "42/chat,[null]", `42/chat,[""]`,
	`42/chat,["chat"`, `42/chat,["chat",]`, `42/chat,["chat"]]`, `42/chat,["chat"]x`, `42/chat,["chat",{"room":"\ud800"}]`, `42/chat,["chat",{"room":"` + "\xff" + `"}]`,
	`42/chat,99999999999999999999["chat"]`, `42/chat,-1["chat"]`, `42/chat,1.5["chat"]`, `42/chat,1["chat",1e999]`, `42/chat,["connect"]`, `42/chat,["disconnect"]`,
	`42/chat,["connect_error"]`, `42/chat,["newListener"]`, `42/chat,["chat",{"room":{"room":{"room":1}}}]`, `42/nowhere,["chat"]`, `42["chat"]`,
	"43/chat,", "43/chat,1", "43/chat,1[]", "43/chat,[]", "44/chat,", `44/chat,{"message":"x"}`, "45/chat,", "45-", "450-[]", "451-", "45999999999999-[]", "45x-[]",
	`451-/chat,["x",{"_placeholder":true,"num":5}]`, `42/chat,["x",{"_placeholder":true,"num":0}]`, "461-/chat,0[]", "47/chat,[]", "48", "49/chat,[]", "4-1/chat,[]",
	"\x1e", "\x1e\x1e\x1e", "4\x1e4", "42/chat,[\x1e\"chat\"]", strings.Repeat("4", 60<<10), "42/chat," + strings.Repeat("[", 60<<10), strings.Repeat("\x1e", 60<<10),
	`42/chat,["` + strings.Repeat(`\u0000`, 10_000) + `"]`,
}

// Whatever a client sends, over either transport and at any time, nothing panics, nobody else
// notices, the log has no line of it, as the rig checks, and nothing of it stays.
func TestD5MalformedPackets(t *testing.T) {
	limits := quick()
	limits.UnknownEvents, limits.Offences = 1000, -1
	r := start(t, limits, live.Options{})
	kim, bystander := r.person(), r.person().tab()
	room := kim.room(chat.NewRoom{})
	before := heap()
	for _, m := range malformed {
		for _, kind := range []websocket.MessageType{websocket.MessageText, websocket.MessageBinary} {
			if kind == websocket.MessageText && !valid(m) {
				continue // the client's own library refuses
			}
			for _, in := range []bool{false, true} {
				var first []string
				if in {
					first = []string{"40/chat,", `42/chat,1["join",{"room":"` + room + `"}]`}
				}
				kim.throw(first, kind, m, m, `42/chat,2["history",{}]`)
			}
		}
		for _, in := range []bool{false, true} {
			sid := r.session(kim.header())
			if in {
				r.post(sid, kim.header(), "40/chat,")
			}
			r.post(sid, kim.header(), m)
			r.post(sid, kim.header(), "1")
		}
	}
	for _, method := range []string{"GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "TRACE"} {
		for _, query := range []string{"", "?", "?EIO=4", "?EIO=x&transport=polling", "?transport=websocket&EIO=4", "?EIO=4&transport=polling&sid=%00", "?%zz", "?EIO=4&transport=polling&j=x"} {
			req, _ := http.NewRequestWithContext(t.Context(), method, r.url+"/socket.io/"+query, strings.NewReader("x"))
			if res, err := http.DefaultClient.Do(req); err == nil {
				res.Body.Close()
				if res.StatusCode == http.StatusInternalServerError {
					t.Errorf("%s %q: status %d", method, query, res.StatusCode)
				}
			}
		}
	}
	bystander.fails("NO_SUCH_ROOM", "/chat", "history", object{"room": "nowhere"})
	bystander.close()
	if after := heap(); after > before+32<<20 {
		t.Errorf("%d MiB more than before", (after-before)>>20)
	}
}

// throw sends messages over a WebSocket of their own and reads none of what comes.
func (p *person) throw(first []string, kind websocket.MessageType, messages ...string) {
	p.rig.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	url := "ws" + strings.TrimPrefix(p.rig.url, "http") + "/socket.io/?EIO=4&transport=websocket"
	conn, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPHeader: p.header()})
	if err != nil {
		p.rig.t.Fatal(err)
	}
	defer conn.CloseNow()
	for _, m := range first {
		_ = conn.Write(ctx, websocket.MessageText, []byte(m))
	}
	for _, m := range messages {
		_ = conn.Write(ctx, kind, []byte(m)) // the server may have hung up
	}
}

func valid(s string) bool { return strings.ToValidUTF8(s, "") == s }

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
