package export_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"iter"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/export"
	"github.com/madang-chat/madang/chat/media"
)

// memory keeps one room. A database would be most of what fuzzing measures.
type memory struct {
	room     chat.RoomRecord
	messages []chat.Message
}

func (m *memory) ImportRoom(_ context.Context, r chat.RoomRecord, messages iter.Seq2[chat.Message, error]) error {
	m.room, m.messages = r, nil
	for said, err := range messages {
		if err != nil {
			return err
		}
		m.messages = append(m.messages, said)
	}
	if len(m.messages) == 0 {
		return errors.New("it has no messages")
	}
	return nil
}

func (m *memory) Epoch() string { return "epoch" }

func (m *memory) Room(context.Context, string) (chat.RoomRecord, error) { return m.room, nil }

func (m *memory) Messages(_ context.Context, _ string, r chat.Range) (chat.Snapshot, error) {
	all := slices.Clone(m.messages)
	all = slices.DeleteFunc(all, func(m chat.Message) bool { return m.Seq <= r.After || r.Before > 0 && m.Seq >= r.Before })
	more := len(all) > r.Limit
	switch {
	case more && r.Oldest:
		all = all[:r.Limit]
	case more:
		all = all[len(all)-r.Limit:]
	}
	return chat.Snapshot{Messages: all, Rev: m.messages[len(m.messages)-1].Seq, More: more}, nil
}

type noFiles struct{ *media.Files }

func (noFiles) Open(string) (*os.File, error) { return nil, os.ErrNotExist }

// Of the two files comes a whole room, which is the same when it is written and read again, or
// nothing.
func FuzzRead(f *testing.F) {
	const room = `{"format":1,"title":"마당 <b>","max":10,"locked":true,"listed":true,"doorLocked":true,"quiet":true,"slow":30,"life":"empty","history":"week",
"created":"2026-01-01T00:00:00.000Z","active":"2026-01-02T00:00:00.000Z","lost":["media/000003-1.gif","media/000003-2.gif"],"people":[
{"user":"#000000","name":{"ko":"a","en":"a"},"tag":"k3f9q2","hue":3,"shape":1,"owner":true},
{"user":"#ff0000","name":{"ko":"손님","en":"손님"},"moderator":true}]}`
	const line = `{"seq":1,"time":"2026-01-01T00:00:00.000Z","kind":"text","user":"#000000","text":"안녕 <i>하세요</i>\n둘째 줄"}`
	lines := []string{
		`{"seq":1,"time":"2026-01-01T00:00:00.000Z","kind":"system","code":"created","user":"#000000","title":"마당"}`,
		strings.Replace(line, `"seq":1`, `"seq":2`, 1),
		`{"seq":3,"time":"2026-01-01T00:00:00.000Z","kind":"media","user":"#ff0000","text":"caption","media":[{"file":"media/000003-1.gif","alt":"수달"},{"file":"media/000003-2.gif"}]}`,
		`{"seq":5,"time":"2026-01-01T00:00:00.000Z","kind":"text","user":"#ff0000","text":"","deleted":"author"}`,
		`{"seq":6,"time":"2026-01-01T00:00:00.000Z","kind":"system","code":"nick","user":"#ff0000","was":{"ko":"x","en":"x"},"now":{"ko":"손님","en":"손님"}}`,
		`{"seq":7,"time":"2026-01-01T00:00:00.000Z","kind":"system","code":"banned","user":"#ff0000","actor":"#000000","until":"2026-01-01T01:00:00.000Z","reason":"spam","n":1}`,
	}
	f.Add(room, strings.Join(lines, "\n"))
	for _, l := range lines {
		f.Add(room, l)
	}
	f.Add(`{"format":1,"title":"x","created":"2026-01-01T00:00:00.000Z","active":"2026-01-01T00:00:00.000Z","people":[{"user":"#000000","name":{"ko":"a","en":"a"},"owner":true}]}`, line)
	files, err := media.Open(f.TempDir())
	check(f, err)
	read := func(t *testing.T, data []byte) (*memory, export.Imported, error) {
		z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		check(t, err)
		to := &memory{}
		done, err := export.Import{To: to, Files: files, Limits: chat.Limits{DiskReserve: -1}}.Read(t.Context(), z)
		return to, done, err
	}
	f.Fuzz(func(t *testing.T, room, messages string) {
		first, done, err := read(t, zipOf(t, map[string]string{"room.json": room, "messages.jsonl": messages}))
		if err != nil {
			if done != (export.Imported{}) {
				t.Errorf("%+v, %v", done, err)
			}
			return
		}
		var b bytes.Buffer
		check(t, export.Write(t.Context(), &b, first, noFiles{files}, done.Room, export.Reader{}))
		second, again, err := read(t, b.Bytes())
		if err != nil || again.Messages != done.Messages || again.Title != done.Title || again.Left != (export.Left{}) {
			t.Fatalf("%+v became %+v, %v", done, again, err)
		}
		a, c := first.room, second.room
		if a.Quiet != c.Quiet || a.Slow != c.Slow || a.Max != c.Max || a.Life != c.Life || a.History != c.History || len(a.Members) != len(c.Members) {
			t.Errorf("%+v became %+v", a, c)
		}
		for i, m := range first.messages {
			n := second.messages[i]
			if m.Seq != n.Seq || m.Text != n.Text || m.Kind != n.Kind || m.Deleted != n.Deleted || !m.Created.Equal(n.Created) || m.By.Color != n.By.Color ||
				m.Was != n.Was || m.Now != n.Now || m.By.Nickname != n.By.Nickname {
				t.Errorf("%+v became %+v", m, n)
			}
		}
	})
}
