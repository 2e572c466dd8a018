package backup_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/backup"
)

// A room that is closed while a backup is made isn't in it, and what it held is nowhere. An image
// that was lost in another room at the same time is lost.
func TestO3RoomsClosedMeanwhile(t *testing.T) {
	d := newData(t)
	stays := d.room("stays")
	var images []string
	show := func(room string, by chat.Member, n int) {
		t.Helper()
		name, err := d.show(room, n, by)
		if err != nil {
			t.Fatal(err)
		}
		images = append(images, name)
	}
	show("stays", stays, 1)
	closes := d.room("closes")
	show("closes", closes, 2)
	if err := d.say("closes", "nobody reads this again", closes); err != nil {
		t.Fatal(err)
	}
	// These two aren't there when the images are copied.
	show("closes", closes, 3)
	show("stays", stays, 4)
	for _, name := range images[2:] {
		if err := d.files.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	sum, err := backup.MakeSlowly(t.Context(), d.dir, dir, func() {
		names, err := d.store.RemoveRoom(t.Context(), "closes")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if err := d.files.Remove(name); err != nil {
				t.Error(err)
			}
		}
	})
	if err != nil || sum.Images != 1 || !slices.Equal(sum.Lost, images[3:]) {
		t.Errorf("%+v, %v", sum, err)
	}
	if again, err := backup.Verify(t.Context(), dir); err != nil || again.Images != 1 || !slices.Equal(again.Lost, images[3:]) {
		t.Errorf("%+v, %v", again, err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "chat.db"))
	if err != nil || bytes.Contains(data, []byte("nobody reads this again")) {
		t.Errorf("the closed room is in the backup: %v", err)
	}
	to := t.TempDir()
	if _, err := backup.Restore(t.Context(), dir, to, false); err != nil {
		t.Fatal(err)
	}
	r := openData(t, to)
	if n := len(messages(t, r.store, "stays")); n != 3 {
		t.Errorf("%d messages of the other room", n)
	}
	if _, err := r.store.Messages(t.Context(), "closes", chat.Range{}); !errors.Is(err, chat.ErrNotFound) {
		t.Errorf("the closed room: %v", err)
	}
}

// A picture that is gone while a backup is made, since messages go with time, takes its message
// with it, and not the room.
func TestO3MessagesGoneMeanwhile(t *testing.T) {
	d := newData(t)
	kim := d.room("stays")
	for n := range 3 {
		if _, err := d.show("stays", n+1, kim); err != nil {
			t.Fatal(err)
		}
	}
	before := messages(t, d.store, "stays")
	old := before[len(before)-2] // with all that is older
	var gone chat.Forgotten
	dir := t.TempDir()
	var first string // of the images, removed before they are copied
	for _, m := range before {
		if m.Media != nil && first == "" {
			first = m.Media[0].Name
		}
	}
	if err := d.files.Remove(first); err != nil {
		t.Fatal(err)
	}
	sum, err := backup.MakeSlowly(t.Context(), d.dir, dir, func() {
		var err error
		if gone, err = d.store.ForgetMessages(t.Context(), "stays", time.Now().Add(time.Hour), int(old.Seq)-1, nil); err != nil {
			t.Fatal(err)
		}
	})
	if err != nil || len(sum.Lost) > 0 || !slices.Contains(gone.Files, first) {
		t.Errorf("%+v, %v; gone %v", sum, err, gone.Files)
	}
	to := t.TempDir()
	if _, err := backup.Restore(t.Context(), dir, to, false); err != nil {
		t.Fatal(err)
	}
	r := openData(t, to)
	if after := messages(t, r.store, "stays"); len(after) != len(before)-1 {
		t.Errorf("%d messages of %d", len(after), len(before))
	}
}
