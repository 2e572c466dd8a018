package export

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/internal/corpus"
	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

var epoch = time.Date(2026, 11, 26, 12, 0, 0, 123e6, time.UTC)

// made is a store with one room of n messages, each third of which is an image. said is called
// before each page, and may change it.
type made struct {
	n    int
	gone bool
	said func()
	most int // messages of one page
}

func (s *made) Epoch() string { return "epoch" }

var owner = chat.Member{Identity: chat.Identity{ID: "01OWNER", NameIdx: 7}, Color: "#00ff00", Hue: 3, Shape: 1, Role: chat.RoleOwner}
var guest = chat.Member{Identity: chat.Identity{ID: "01GUEST", NameIdx: 9, Nickname: "손님"}, Color: "#ff0000"}

func (s *made) Room(_ context.Context, id string) (chat.RoomRecord, error) {
	if s.gone || id != "room" {
		return chat.RoomRecord{}, chat.ErrNotFound
	}
	return chat.RoomRecord{Room: chat.Room{ID: id, Title: "마당 <b>", Max: 10, OwnerID: owner.ID, Listed: true, Created: epoch, Active: epoch.Add(time.Hour)},
		PassHash: "$secret", LastRev: int64(s.n), Members: []chat.Member{owner, guest}}, nil
}

func (s *made) message(seq int) chat.Message {
	m := chat.Message{ID: fmt.Sprint("m", seq), Room: "room", Seq: int64(seq), Rev: int64(seq), CID: "secret-cid", Kind: chat.KindText,
		Text: fmt.Sprintf("안녕 <%d>\n", seq), Created: epoch.Add(time.Duration(seq) * time.Second), By: guest}
	switch {
	case seq == 1:
		m.Kind, m.Code, m.Title, m.Text, m.By = chat.KindSystem, chat.LineCreated, "마당", "", owner
	case seq%3 == 0:
		m.Kind, m.Text, m.By = chat.KindMedia, "", owner
		m.Media = []chat.Media{{Name: fmt.Sprintf("%032x.gif", seq), MIME: "image/gif", W: 3, H: 2, Frames: 1, Bytes: 4, Alt: "수달"}}
	}
	return m
}

func (s *made) Messages(_ context.Context, _ string, r chat.Range) (chat.Snapshot, error) {
	if s.said != nil {
		s.said()
	}
	if s.gone {
		return chat.Snapshot{}, chat.ErrNotFound
	}
	snap := chat.Snapshot{Rev: int64(s.n)}
	if !r.Oldest {
		snap.Messages = []chat.Message{s.message(s.n)}
		return snap, nil
	}
	for seq := int(r.After) + 1; seq <= s.n && (r.Before == 0 || seq < int(r.Before)); seq++ {
		if len(snap.Messages) == r.Limit {
			snap.More = true
			break
		}
		snap.Messages = append(snap.Messages, s.message(seq))
	}
	s.most = max(s.most, len(snap.Messages))
	return snap, nil
}

// folder has the images.
type folder string

func (f folder) Open(name string) (*os.File, error) { return os.Open(filepath.Join(string(f), name)) }

func images(t *testing.T, n int) folder {
	dir := t.TempDir()
	for seq := 3; seq <= n; seq += 3 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%032x.gif", seq)), fmt.Appendf(nil, "%04d", seq), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder(dir)
}

// unpacked is what a zip holds.
func unpacked(t *testing.T, data []byte) (files map[string]string, room room, messages []message) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	files = map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(b)
	}
	if last := z.File[len(z.File)-1].Name; last != "room.json" {
		t.Errorf("%s comes last", last)
	}
	if err := json.Unmarshal([]byte(files["room.json"]), &room); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(files["messages.jsonl"]) {
		var m message
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		messages = append(messages, m)
	}
	return files, room, messages
}

func withoutIdx(p person) person {
	p.Name.Idx = nil
	return p
}

func TestWrite(t *testing.T) {
	const n = 3*page + 1
	store := &made{n: n}
	pages := 0
	store.said = func() { // somebody goes on to talk
		if pages++; pages > 1 {
			store.n += 3
		}
	}
	var b bytes.Buffer
	if err := Write(t.Context(), &b, store, images(t, n), "room", Reader{}); err != nil {
		t.Fatal(err)
	}
	files, room, messages := unpacked(t, b.Bytes())
	if len(messages) != n || room.Messages != n || room.Media != n/3 || len(files) != n/3+3 || room.Rev != n || len(room.Lost) > 0 || store.most > page {
		t.Errorf("%d messages, %d files, %+v, %d at once", len(messages), len(files), room, store.most)
	}
	if room.ID != "room" || room.Title != "마당 <b>" || room.Created != "2026-11-26T12:00:00.123Z" || room.Epoch != "epoch" || room.Format != 1 || len(room.People) != 2 ||
		*room.People[0].Name.Idx != 7 || fmt.Sprint(withoutIdx(room.People[0])) != fmt.Sprint(person{User: "#00ff00", Name: name{chat.GeneratedName(7, "ko"), chat.GeneratedName(7, "en"), nil}, Hue: 3, Shape: 1, Owner: true}) {
		t.Errorf("%s", files["room.json"])
	}
	for i, m := range messages {
		if m.Seq != int64(i+1) {
			t.Fatalf("message %d has seq %d", i, m.Seq)
		}
	}
	if want := `{"seq":2,"time":"2026-11-26T12:00:02.123Z","kind":"text","user":"#ff0000","name":{"ko":"손님","en":"손님"},"text":"안녕 <2>\n"}`; strings.Split(files["messages.jsonl"], "\n")[1] != want {
		t.Errorf("%s", strings.Split(files["messages.jsonl"], "\n")[1])
	}
	if m := messages[0]; m.Kind != "system" || m.Code != "created" || m.Title != "마당" {
		t.Errorf("%+v", m)
	}
	m := messages[2]
	if len(m.Media) != 1 || m.Media[0] != (image{File: "media/000003-1.gif", Type: "image/gif", W: 3, H: 2, Frames: 1, Bytes: 4, Alt: "수달"}) || files[m.Media[0].File] != "0003" {
		t.Errorf("%+v", m)
	}
	for file, text := range files {
		for _, secret := range []string{"secret", "01OWNER", "01GUEST"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s holds %q", file, secret)
			}
		}
	}
}

// A room that is closed meanwhile is no export, whenever that is; an image that is lost is told.
func TestWriteOfWhatIsGone(t *testing.T) {
	files := images(t, 9)
	for after := range 5 {
		store := &made{n: 9}
		asked := 0
		store.said = func() { asked++; store.gone = asked > after }
		var b bytes.Buffer
		err := Write(t.Context(), &b, store, files, "room", Reader{})
		if whole := after == 4; (err == nil) != whole || !whole && !errors.Is(err, chat.ErrNotFound) {
			t.Errorf("gone after %d: %v", after, err)
		}
	}
	var b bytes.Buffer
	if err := Write(t.Context(), &b, &made{n: 9}, files, "other", Reader{}); !errors.Is(err, chat.ErrNotFound) || b.Len() > 0 {
		t.Errorf("%v, %d bytes", err, b.Len())
	}
	if err := os.Remove(filepath.Join(string(files), fmt.Sprintf("%032x.gif", 6))); err != nil {
		t.Fatal(err)
	}
	if err := Write(t.Context(), &b, &made{n: 9}, files, "room", Reader{}); err != nil {
		t.Fatal(err)
	}
	if _, room, _ := unpacked(t, b.Bytes()); room.Media != 2 || fmt.Sprint(room.Lost) != "[media/000006-1.gif]" {
		t.Errorf("%+v", room)
	}
	store := &made{n: 9}
	asked := 0
	store.said = func() { // the room is closed when the images are to come, and they are gone first
		if asked++; asked == 4 {
			os.RemoveAll(string(files))
			store.said = nil
		}
	}
	if err := Write(t.Context(), io.Discard, &closing{made: store}, files, "room", Reader{}); !errors.Is(err, chat.ErrNotFound) {
		t.Errorf("%v", err)
	}
}

// closing knows the room once.
type closing struct {
	*made
	asked int
}

func (s *closing) Room(ctx context.Context, id string) (chat.RoomRecord, error) {
	if s.asked++; s.asked > 1 {
		return chat.RoomRecord{}, chat.ErrNotFound
	}
	return s.made.Room(ctx, id)
}

func TestWriteEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	store := &made{n: 9}
	asked := 0
	store.said = func() {
		if asked++; asked == 4 {
			cancel()
		}
	}
	if err := Write(ctx, io.Discard, store, images(t, 9), "room", Reader{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if err := Write(t.Context(), full{}, &made{n: 3000}, images(t, 9), "room", Reader{}); !errors.Is(err, errFull) {
		t.Errorf("%v", err)
	}
}

type full struct{}

var errFull = errors.New("the disk is full")

func (full) Write([]byte) (int, error) { return 0, errFull }

// Everything is under the name of now, and a change of it tells both names, whatever they look
// like.
func TestChangesOfNames(t *testing.T) {
	for _, text := range corpus.Markup() {
		if !utf8.ValidString(text) {
			continue
		}
		by := guest
		by.Nickname, by.Tag = text, "k3f9q2"
		m := messageOf(chat.Message{Kind: chat.KindSystem, Code: chat.LineNick, By: by,
			Was: chat.Called{NameIdx: 9}, Now: chat.Called{NameIdx: 9, Nickname: text, Tag: "k3f9q2"}})
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var got message
		if err := json.Unmarshal(b, &got); err != nil || got.Name.Ko != text || got.Was.Ko != chat.GeneratedName(9, "ko") || got.Now.En != text {
			t.Errorf("%q: %s, %v", text, b, err)
		}
	}
}
