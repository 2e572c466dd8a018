package wire_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/wire"
	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

var (
	at  = time.UnixMilli(1_800_000_000_123)
	sue = chat.Member{Identity: chat.Identity{ID: "SUE", NameIdx: 0}, Color: "#0a0b0c", Hue: 3, Shape: 1, Role: chat.RoleOwner}
	bob = chat.Member{Identity: chat.Identity{ID: "BOB", NameIdx: 0, Nickname: "밥"}, Color: "#0d0e0f"}

	room = chat.Room{ID: "R", Title: "<마당>", Max: 10, Count: 2, OwnerID: "SUE", Owner: "#0a0b0c", Locked: true, Listed: true,
		Life: chat.Week, History: chat.Always, First: 1, Created: at, Active: at.Add(time.Second), Ends: at.Add(7*24*time.Hour + time.Second)}

	text  = chat.Message{ID: "M1", Room: "R", Seq: 2, Rev: 3, CID: "c1", Kind: chat.KindText, Text: "안녕", Created: at, By: sue}
	image = chat.Message{ID: "M2", Room: "R", Seq: 3, Rev: 4, CID: "c2", Kind: chat.KindMedia, Created: at, By: bob,
		Media: []chat.Media{{Name: "ff.gif", Room: "R", MIME: "image/gif", W: 2, H: 1, Frames: 9, Bytes: 77, Alt: "수달", Flash: chat.FlashStrong}}}
	made = chat.Message{ID: "M0", Room: "R", Seq: 1, Rev: 1, CID: "sys:0", Kind: chat.KindSystem, Code: chat.LineCreated,
		Title: "<마당>", Created: at, By: sue}
	joined = chat.Message{ID: "M3", Room: "R", Seq: 4, Rev: 5, CID: "sys:1", Kind: chat.KindSystem, Code: chat.LineJoin, Created: at, By: sue}
	gone   = chat.Message{ID: "M5", Room: "R", Seq: 2, Rev: 7, CID: "c1", Kind: chat.KindText, Deleted: chat.DeletedInCharge, Created: at, By: sue}
	kicked = chat.Message{ID: "M6", Room: "R", Seq: 6, Rev: 8, CID: "sys:3", Kind: chat.KindSystem, Code: chat.LineRemoved, Created: at, By: bob, Actor: &sue}
	left   = chat.Message{ID: "M4", Room: "R", Seq: 5, Rev: 6, CID: "sys:2", Kind: chat.KindSystem, Code: chat.LineExit, Created: at, By: bob}
)

func TestViews(t *testing.T) {
	tagged := bob
	tagged.Tag = "k3f9q2"
	renamed := chat.Message{ID: "M5", Room: "R", Seq: 6, Rev: 7, Kind: chat.KindSystem, Code: chat.LineNick, Created: at, By: tagged,
		Now: chat.Called{Nickname: "밥", Tag: "k3f9q2"}}
	event := func(kind chat.EventKind, m *chat.Message) chat.Event {
		return chat.Event{Kind: kind, Room: room, Message: m, Reason: "empty"}
	}
	for _, c := range []struct {
		name string
		view any
		want string
	}{
		{"me", wire.MeOf(sue.Identity, "en"), fmt.Sprintf(`{"id":"SUE","name":"Sleepy Otter","nameIdx":0,"generated":0,"hue":%d}`, sue.Identity.Hue())},
		{"room for its owner", wire.RoomOf(room, "SUE"), `{"_id":"R","title":"<마당>","max":10,"owner":"#0a0b0c","mine":true,"password":true,"listed":true,"doorLocked":false,"quiet":false,"slow":0,"life":"week","history":"always","first":1,"ends":1800604801123,"count":2,"createdAt":1800000000123,"active":1800000001123}`},
		{"room for another", wire.RoomOf(room, "BOB"), `{"_id":"R","title":"<마당>","max":10,"owner":"#0a0b0c","mine":false,"password":true,"listed":true,"doorLocked":false,"quiet":false,"slow":0,"life":"week","history":"always","first":1,"ends":1800604801123,"count":2,"createdAt":1800000000123,"active":1800000001123}`},
		{"room for all", wire.RoomOf(chat.Room{Created: at, Active: at}, ""), `{"_id":"","title":"","max":0,"owner":null,"password":false,"listed":false,"doorLocked":false,"quiet":false,"slow":0,"life":"","history":"","first":0,"ends":0,"count":0,"createdAt":1800000000123,"active":1800000000123}`},
		{"a room of the list", wire.RoomOf(chat.Room{Created: at, Active: at, Glimpse: &chat.Glimpse{Faces: []chat.Face{{Called: chat.Called{NameIdx: 7}, Hue: 2, Shape: 1}}, Said: &chat.Said{By: chat.Called{Nickname: "밥"}, Color: "#00aa11", Text: "안녕"}}}, ""), `{"_id":"","title":"","max":0,"owner":null,"password":false,"listed":false,"doorLocked":false,"quiet":false,"slow":0,"life":"","history":"","first":0,"ends":0,"count":0,"createdAt":1800000000123,"active":1800000000123,"faces":[{"nameIdx":7,"hue":2,"shape":1}],"last":{"user":"#00aa11","name":"밥","chat":"안녕"}}`},
		{"no rooms", wire.RoomListOf(chat.LobbyPage{}, ""), `{"rooms":[],"total":0}`},
		{"a reply of no rooms", wire.RoomsReplyOf(wire.RoomListOf(chat.LobbyPage{Total: 53, Next: "x"}, "")), `{"ok":true,"rooms":[],"total":53,"next":"x"}`},
		{"limits", wire.LimitsOf(chat.Limits{Title: 1, Nickname: 11, MaxMost: 2, MessageGraphemes: 3, MessageBytes: 4, PasswordMin: 5, PasswordMax: 6, Upload: 7, Pictures: 11, Alt: 12, MaxLeast: 8,
			MaxDefault: 9, ImageSide: 10}), `{"title":1,"nickname":11,"max":[8,2],"usual":9,"message":3,"bytes":4,"password":[5,6],"upload":7,"pictures":11,"alt":12,"side":10}`},
		{"member for one", wire.MemberOf(sue, "ko"), `{"user":"#0a0b0c","name":"졸린 수달","nameIdx":0,"hue":3,"shape":1,"role":"owner"}`},
		{"member for all", wire.MemberOf(sue, ""), `{"user":"#0a0b0c","nameIdx":0,"hue":3,"shape":1,"role":"owner"}`},
		{"member with nickname", wire.MemberOf(bob, ""), `{"user":"#0d0e0f","name":"밥","hue":0,"shape":0}`},
		{"text for its sender", wire.ChatOf(text, "en", "SUE"), `{"_id":"M1","room":"R","user":"#0a0b0c","name":"Sleepy Otter","nameIdx":0,"hue":3,"shape":1,"role":"owner","kind":"text","chat":"안녕","createdAt":1800000000123,"seq":2,"rev":3,"cid":"c1"}`},
		{"text for all", wire.ChatOf(text, "", ""), `{"_id":"M1","room":"R","user":"#0a0b0c","nameIdx":0,"hue":3,"shape":1,"role":"owner","kind":"text","chat":"안녕","createdAt":1800000000123,"seq":2,"rev":3}`},
		{"image for another", wire.ChatOf(image, "ko", "SUE"), `{"_id":"M2","room":"R","user":"#0d0e0f","name":"밥","hue":0,"shape":0,"kind":"media","gif":"ff.gif","media":[{"name":"ff.gif","mime":"image/gif","w":2,"h":1,"bytes":77,"frames":9,"alt":"수달","flash":"strong"}],"createdAt":1800000000123,"seq":3,"rev":4}`},
		{"line for one", wire.ChatOf(made, "en", "SUE"), `{"_id":"M0","room":"R","user":"system","hue":0,"shape":0,"kind":"system","chat":"Sleepy Otter opened “<마당>”.","code":"created","args":{"user":"#0a0b0c","name":"Sleepy Otter","nameIdx":0,"title":"<마당>"},"createdAt":1800000000123,"seq":1,"rev":1}`},
		{"join", wire.LineOf(event(chat.EventJoined, &joined), ""), `{"user":"system","chat":"졸린 수달님이 입장하셨습니다.","_id":"M3","room":"R","seq":4,"rev":5,"code":"join","args":{"user":"#0a0b0c","nameIdx":0},"member":{"user":"#0a0b0c","nameIdx":0,"hue":3,"shape":1,"role":"owner"},"count":2,"createdAt":1800000000123}`},
		{"exit", wire.LineOf(event(chat.EventLeft, &left), ""), `{"user":"system","chat":"밥님이 퇴장하셨습니다.","_id":"M4","room":"R","seq":5,"rev":6,"code":"exit","args":{"user":"#0d0e0f","name":"밥"},"count":2,"createdAt":1800000000123}`},
		{"nick", wire.NickOf(event(chat.EventRenamed, &renamed), ""), `{"user":"#0d0e0f","nickname":"밥","_id":"M5","room":"R","seq":6,"rev":7,"code":"nick","chat":"이름을 바꿨습니다: 졸린 수달 → 밥 [k3f9q2]","args":{"user":"#0d0e0f","name":"밥","tag":"k3f9q2","was":{"nameIdx":0},"now":{"name":"밥","tag":"k3f9q2"}},"member":{"user":"#0d0e0f","name":"밥","tag":"k3f9q2","hue":0,"shape":0},"createdAt":1800000000123}`},
		{"removal", wire.LineOf(event(chat.EventLeft, &kicked), "en"), `{"user":"system","chat":"Sleepy Otter removed 밥.","_id":"M6","room":"R","seq":6,"rev":8,"code":"removed","args":{"user":"#0d0e0f","name":"밥","actor":{"user":"#0a0b0c","name":"Sleepy Otter","nameIdx":0}},"count":2,"createdAt":1800000000123}`},
		{"deleted", wire.GoneOf(gone), `{"_id":"M5","room":"R","seq":2,"rev":7,"deleted":"charge"}`},
		{"deleted text for its sender", wire.ChatOf(gone, "", "SUE"), `{"_id":"M5","room":"R","user":"#0a0b0c","nameIdx":0,"hue":3,"shape":1,"role":"owner","kind":"text","deleted":"charge","createdAt":1800000000123,"seq":2,"rev":7,"cid":"c1"}`},
		{"out", wire.OutOf(chat.Event{Room: room, Why: &chat.Error{Code: chat.Kicked, Retryable: true, RetryAfter: time.Minute}}, "en"), `{"room":"R","error":{"code":"KICKED","message":"You were removed from the room. You can come back in 60 s.","retryable":true,"retryAfterMs":60000}}`},
		{"closed", wire.RoomClosedOf(event(chat.EventClosed, nil)), `{"room":"R","reason":"empty"}`},
		{"sent", wire.SentReplyOf(image, true), `{"ok":true,"_id":"M2","seq":3,"rev":4,"createdAt":1800000000123,"dup":true,"gif":"ff.gif","media":[{"name":"ff.gif","mime":"image/gif","w":2,"h":1,"bytes":77,"frames":9,"alt":"수달","flash":"strong"}]}`},
		{"page", wire.PageReplyOf(chat.Snapshot{Epoch: "e", Rev: 9, More: true}, "ko", "SUE"), `{"ok":true,"messages":[],"epoch":"e","rev":9,"more":true}`},
		{"changed", wire.ChangedReplyOf(chat.Room{Created: at, Active: at, Kept: true}, "BOB"), `{"ok":true,"room":{"_id":"","title":"","max":0,"owner":null,"mine":false,"password":false,"listed":false,"doorLocked":false,"quiet":false,"slow":0,"life":"","history":"","kept":true,"first":0,"ends":0,"count":0,"createdAt":1800000000123,"active":1800000000123}}`},
		{"terms", wire.TermsOf(chat.Terms{Life: chat.Day, LifeMost: chat.Week, History: chat.Always, HistoryMost: chat.Always}), `{"life":"day","lives":["empty","day","week"],"history":"always","histories":["day","week","month","always"]}`},
		{"entered", wire.EnteredReplyOf(chat.Room{ID: "R"}), `{"ok":true,"url":"/room/R"}`},
		{"entered by its own name", wire.EnteredReplyOf(chat.Room{ID: "R", Slug: "독서-1"}), `{"ok":true,"url":"/r/%EB%8F%85%EC%84%9C-1"}`},
		{"done", wire.Done, `{"ok":true}`},
	} {
		b, err := json.Marshal(c.view)
		if got := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(string(b)); err != nil || got != c.want {
			t.Errorf("%s: %v\n got %s\nwant %s", c.name, err, got, c.want)
		}
	}
}

func TestJoinReply(t *testing.T) {
	v := wire.JoinReplyOf(chat.Joined{Room: room, Me: sue, Members: []chat.Member{sue, bob},
		Snapshot: chat.Snapshot{Epoch: "e", Rev: 5, Messages: []chat.Message{made, text, image}, Reset: true, More: true}}, "ko", "SUE")
	if !v.OK || !*v.Room.Mine || v.Me.User != sue.Color || len(v.Members) != 2 || len(v.Messages) != 3 || v.Messages[1].CID != "c1" ||
		v.Messages[2].CID != "" || v.Epoch != "e" || v.Rev != 5 || !v.Reset || !v.More {
		t.Errorf("%+v", v)
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		err  error
		lang string
		want wire.Error
	}{
		{chat.Fail(chat.RoomFull, "full"), "ko", wire.Error{Code: "ROOM_FULL", Message: "허용 인원이 초과하였습니다."}},
		{fmt.Errorf("join: %w", chat.Fail(chat.RoomFull, "full")), "en", wire.Error{Code: "ROOM_FULL", Message: "The room is full."}},
		{&chat.Error{Code: chat.RateLimited, Retryable: true, RetryAfter: 499*time.Millisecond + 1}, "fr",
			wire.Error{Code: "RATE_LIMITED", Message: "너무 빨라요. 잠시 뒤에 다시 시도해 주세요.", Retryable: true, RetryAfterMs: 500}},
		{&chat.Error{Code: chat.BadTitle, Field: "title"}, "en", wire.Error{Code: "BAD_TITLE", Message: "Give the room a name.", Field: "title"}},
		{errors.New("secret"), "en", wire.Error{Code: "INTERNAL", Message: "Something went wrong. (ref 42)", Ref: "42"}},
		{&chat.Error{Code: chat.Unavailable, Retryable: true, Err: errors.New("secret")}, "en",
			wire.Error{Code: "UNAVAILABLE", Message: "Can't do that right now. Try again shortly.", Retryable: true}},
	} {
		if got := wire.ErrorOf(c.err, c.lang, "42"); got.OK || got.Error != c.want {
			t.Errorf("%v: %+v, want %+v", c.err, got.Error, c.want)
		}
	}
}

func TestTextsAreComplete(t *testing.T) {
	var keys []string
	for _, code := range chat.Codes() {
		keys = append(keys, "err."+string(code))
		if s := wire.Status(code); s < 400 || (s == 500) != (code == chat.Internal) {
			t.Errorf("status of %s: %d", code, s)
		}
	}
	for _, code := range []string{chat.LineCreated, chat.LineJoin, chat.LineExit, chat.LineOwner, chat.LineRemoved, chat.LineCleared, chat.LineBanned,
		chat.LineLifted, chat.LineNamed, chat.LineUnnamed, chat.LineNick, chat.LineTitle, chat.LineMax, chat.LinePassword,
		chat.LineOpen, chat.LineListed, chat.LineUnlisted, chat.LineQuiet, chat.LineTalk, chat.LineSlow} {
		keys = append(keys, "sys."+code)
	}
	for _, l := range chat.AllLimits() {
		if l.Code != "" {
			keys = append(keys, "limit."+l.Name)
		}
	}
	keys = append(keys, "span.s", "span.m", "span.h", "span.d", "about.name", "about.site", "about.nobody", "about.one", "about.people",
		"about.now", "about.active", "notice.RESTART", "user.rooms-per-identity", "err.KICKED.wait", "err.ROOM_BANNED.wait")
	slot := regexp.MustCompile(`\{\w+\}`)
	for _, key := range keys {
		var slots [][]string
		for _, lang := range wire.Langs {
			text := wire.Text(lang, key)
			if text == key || text == "" {
				t.Errorf("no %s in %s", key, lang)
			}
			slots = append(slots, slices.Sorted(slices.Values(slot.FindAllString(text, -1))))
		}
		if !slices.Equal(slots[0], slots[1]) {
			t.Errorf("%s: slots %v", key, slots)
		}
		if ko, en := wire.Text("ko", key), wire.Text("en", key); ko == en {
			t.Errorf("%s is the same in both languages", key)
		}
	}
	for lang, want := range map[string]int{"ko": len(keys), "en": len(keys)} {
		if got := wire.Keys(lang); got != want {
			t.Errorf("%d texts in %s, %d keys", got, lang, want)
		}
	}
	if got := wire.Text("en", "nothing"); got != "nothing" {
		t.Error(got)
	}
	if got := wire.Text("en", "sys.created", "name", "{title}", "title", "x"); got != "{title} opened “x”." {
		t.Error(got)
	}
}

// Names that are written from right to left would change places around an arrow.
func TestNamesFromRightToLeft(t *testing.T) {
	for _, c := range []struct{ lang, old, new, want string }{
		{"ko", "דנה", "مريم", "이름을 바꿨습니다: \u2068דנה\u2069 → \u2068مريم\u2069"},
		{"en", "דנה [k3f9q2]", "Tom", "\u2068דנה [k3f9q2]\u2069 is now Tom."},
		{"ko", "민수", "𞤀𞤁", "이름을 바꿨습니다: 민수 → \u2068𞤀𞤁\u2069"},
	} {
		if got := wire.Text(c.lang, "sys.nick", "old", c.old, "new", c.new); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestWords(t *testing.T) {
	words := wire.NameWords()
	for i := range 100 {
		for lang, w := range words {
			if got := w[0][i%len(w[0])] + " " + w[1][i/len(w[0])]; got != chat.GeneratedName(i, lang) {
				t.Fatalf("%d in %s: %s", i, lang, got)
			}
		}
	}
	if len(words) != 2 {
		t.Errorf("%d languages", len(words))
	}
}

// Every field has a name of its own on the wire, which no decoder can miss by its case.
func TestTags(t *testing.T) {
	name := regexp.MustCompile(`^_?[a-z][a-zA-Z]*$`)
	seen := map[reflect.Type]bool{}
	var check func(reflect.Type)
	check = func(typ reflect.Type) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || seen[typ] {
			return
		}
		seen[typ] = true
		names := map[string]bool{}
		for i := range typ.NumField() {
			f := typ.Field(i)
			tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if !f.IsExported() || !name.MatchString(tag) || names[tag] {
				t.Errorf("%s.%s has the tag %q", typ, f.Name, f.Tag.Get("json"))
			}
			names[tag] = true
			if strings.Contains(f.Tag.Get("json"), "omitempty") {
				// drops a zero in one encoder and not in the other
				t.Errorf("%s.%s has omitempty", typ, f.Name)
			}
			check(f.Type)
		}
	}
	for _, v := range []any{wire.Me{}, wire.Line{}, wire.RoomList{}, wire.RoomClosed{},
		wire.Notice{}, wire.Limits{}, wire.OK{}, wire.CreatedReply{}, wire.EnteredReply{}, wire.RoomsReply{}, wire.JoinReply{},
		wire.PageReply{}, wire.SentReply{}, wire.ChangedReply{}, wire.RoomChange{}, wire.Terms{}, wire.Failure{},
		wire.Gone{}, wire.Out{}, wire.DeletedReply{}, wire.ClearedReply{}, wire.BansReply{}, wire.ReportsReply{}, wire.ReportsChanged{}, wire.Crowded{},
		wire.Nick{}, wire.NickReply{}, wire.MeReply{}, wire.AllowanceReply{}, wire.DevicesReply{}, wire.LinkReply{}, wire.LinkedReply{}} {
		check(reflect.TypeOf(v))
	}
	if len(seen) != 46 {
		t.Errorf("%d types checked: add new ones here", len(seen))
	}
}

// Who is refused is told of what, and what to do, in both languages.
func TestEveryLimitHasASentence(t *testing.T) {
	for _, l := range chat.AllLimits() {
		if l.Code == "" {
			continue
		}
		for _, lang := range wire.Langs {
			err := &chat.Error{Code: l.Code, Limit: l.Name, N: 7, RetryAfter: 90 * time.Second}
			got := wire.ErrorOf(err, lang, "").Error.Message
			if got == wire.Text(lang, "err."+string(l.Code)) || strings.Contains(got, "{") {
				t.Errorf("%s, %s: %q", l.Name, lang, got)
			}
		}
	}
	for _, lang := range wire.Langs { // whom one hands a room over to may have enough
		one := wire.ErrorOf(chat.Beyond(chat.TooManyRooms, "", "rooms-per-identity", 5, ""), lang, "").Error.Message
		other := wire.ErrorOf(chat.Beyond(chat.TooManyRooms, "user", "rooms-per-identity", 5, ""), lang, "").Error.Message
		if one == other || !strings.Contains(other, "5") {
			t.Errorf("%s: %q and %q", lang, one, other)
		}
	}
}
