package backup_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/backup"
	"github.com/madang-chat/madang/chat/media"
	"github.com/madang-chat/madang/chat/sqlite"
	"github.com/madang-chat/madang/chat/sqlite/sqlitetest"
	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// data is a data folder that is in use.
type data struct {
	t     *testing.T
	dir   string
	store *sqlite.Store
	files *media.Files
}

func newData(t *testing.T) *data {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, backup.Secret), bytes.Repeat([]byte("s"), 32), 0o600); err != nil {
		t.Fatal(err)
	}
	return openData(t, dir)
}

func openData(t *testing.T, dir string) *data {
	t.Helper()
	path := filepath.Join(dir, backup.Database)
	sqlitetest.Prepare(t, path)
	store, err := sqlite.Open(context.Background(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	files, err := media.Open(filepath.Join(dir, backup.Media))
	if err != nil {
		t.Fatal(err)
	}
	return &data{t: t, dir: dir, store: store, files: files}
}

// room makes a room and returns its owner.
func (d *data) room(id string) chat.Member {
	d.t.Helper()
	by := chat.Member{Identity: chat.Identity{ID: chat.NewID()}, Color: "#000001", Role: chat.RoleOwner}
	now := time.Now()
	if err := d.store.AddSession(context.Background(), chat.Session{Identity: by.Identity, TokenHash: sha256.Sum256([]byte(by.ID)),
		Created: now, Seen: now, Expires: now.Add(time.Hour)}); err != nil {
		d.t.Error(err)
	}
	r := chat.RoomRecord{Room: chat.Room{ID: id, Title: id, Max: 10, OwnerID: by.ID, Life: chat.Week, History: chat.Always, Created: now, Active: now}}
	if _, err := d.store.AddRoom(context.Background(), r, "c", chat.Message{ID: chat.NewID(), Room: id, CID: "sys:",
		Kind: chat.KindSystem, Code: chat.LineCreated, Created: now, By: by}); err != nil {
		d.t.Error(err)
	}
	return by
}

func (d *data) say(room, words string, by chat.Member) error {
	_, _, err := d.store.Append(context.Background(), chat.Entry{Message: chat.Message{ID: chat.NewID(), Room: room, CID: chat.NewID(),
		Kind: chat.KindText, Text: words, Created: time.Now(), By: by}}, nil)
	return err
}

// show posts the nth image.
func (d *data) show(room string, n int, by chat.Member) (name string, err error) {
	m, err := d.files.Save(bytes.NewReader(picture(n)))
	if err != nil {
		return "", err
	}
	m.Room = room
	_, _, err = d.store.Append(context.Background(), chat.Entry{Message: chat.Message{ID: chat.NewID(), Room: room, CID: chat.NewID(),
		Kind: chat.KindMedia, Media: []chat.Media{m}, Created: time.Now(), By: by}}, nil)
	return m.Name, err
}

// picture differs for each n.
func picture(n int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 16, 16))
	for i := range 16 {
		img.Set(i, i, color.RGBA{uint8(n), uint8(n >> 8), uint8(i), 255})
	}
	var b bytes.Buffer
	png.Encode(&b, img)
	return b.Bytes()
}

// made makes a backup of a folder with two rooms, words and images.
func made(t *testing.T) (d *data, dir string) {
	t.Helper()
	d = newData(t)
	for _, room := range []string{"one", "two"} {
		by := d.room(room)
		for i := range 3 {
			if err := d.say(room, fmt.Sprint("words ", i), by); err != nil {
				t.Fatal(err)
			}
			if _, err := d.show(room, i, by); err != nil {
				t.Fatal(err)
			}
		}
	}
	dir = filepath.Join(t.TempDir(), "backup")
	if _, err := backup.Make(t.Context(), d.dir, dir); err != nil {
		t.Fatal(err)
	}
	return d, dir
}

func messages(t *testing.T, s *sqlite.Store, room string) []chat.Message {
	t.Helper()
	snap, err := s.Messages(t.Context(), room, chat.Range{Limit: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return snap.Messages
}
