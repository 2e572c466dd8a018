package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
)

func deletions(t *testing.T, k *kit) {
	room, owner := k.room()
	other := k.member()
	k.append(chat.Entry{Message: line(room, "j", chat.LineJoin, other), Seat: chat.SeatTaken})
	first := k.append(text(room, "a", "first", other))
	picture := text(room, "b", "a caption", other)
	picture.Message.Kind = chat.KindMedia
	picture.Message.Media = []chat.Media{
		{Name: "0123456789abcdef0123456789abcdef.gif", Room: room, MIME: "image/gif", W: 1, H: 1, Frames: 1, Bytes: 43},
		{Name: "ffffffffffffffffffffffffffffffff.png", Room: room, MIME: "image/png", W: 1, H: 1, Frames: 1, Bytes: 50},
	}
	shown := k.append(picture)
	k.append(text(room, "c", "of the owner", owner))

	at := start.Add(time.Hour)
	erase := func(e chat.Erasure) (gone []chat.Message, media []chat.Media) {
		t.Helper()
		e.Room, e.At = room, at
		k.check(k.DeleteMessages(t.Context(), e, func(m []chat.Message, f []chat.Media) { gone, media = m, f }))
		return gone, media
	}
	gone, media := erase(chat.Erasure{Seq: first.Seq, How: chat.DeletedInCharge})
	want := first
	want.Rev, want.Text, want.Deleted = 6, "", chat.DeletedInCharge
	if len(gone) != 1 || !same(gone[0], want) || media != nil {
		t.Fatalf("deleted %+v, %+v", gone, media)
	}
	if again, _ := erase(chat.Erasure{Seq: first.Seq, How: chat.DeletedByAuthor}); again != nil {
		t.Errorf("deleted twice: %+v", again)
	}
	if lines, _ := erase(chat.Erasure{Seq: 1, How: chat.DeletedByAuthor}); lines != nil {
		t.Errorf("a line of ours was deleted: %+v", lines)
	}
	gone, media = erase(chat.Erasure{By: other.ID, Most: 10, How: chat.DeletedByAuthor})
	if len(gone) != 1 || gone[0].Seq != shown.Seq || gone[0].Rev != 7 || gone[0].Media != nil || gone[0].Text != "" ||
		!slices.Equal(media, picture.Message.Media) {
		t.Fatalf("deleted %+v, %+v", gone, media)
	}
	for _, f := range media {
		if _, err := k.Media(t.Context(), f.Name); !errors.Is(err, chat.ErrNotFound) {
			t.Errorf("the image %s is there: %v", f.Name, err)
		}
	}

	left, err := k.RemovedFiles(t.Context())
	if k.check(err); len(left) != 2 || !slices.Contains(left, media[0].Name) || !slices.Contains(left, media[1].Name) {
		t.Errorf("files to remove: %q", left)
	}
	k.check(k.FilesRemoved(t.Context(), []string{media[0].Name}))
	if left, err := k.RemovedFiles(t.Context()); err != nil || !slices.Equal(left, []string{media[1].Name}) {
		t.Errorf("files to remove: %q, %v", left, err)
	}

	// Who was away is told of all of it, in order, and of nothing twice.
	changes, err := k.Changes(t.Context(), room, 5, 10)
	k.check(err)
	if len(changes.Messages) != 2 || !same(changes.Messages[0], want) || changes.Messages[1].Rev != 7 || changes.Rev != 7 {
		t.Errorf("changes: %+v", changes)
	}
	said, err := k.Said(t.Context(), room)
	k.check(err)
	if said[room] != 1 {
		t.Errorf("%d messages are counted", said[room])
	}
	// What was sent once isn't sent anew.
	m, dup, err := k.Append(t.Context(), text(room, "a", "first", other), nil)
	k.check(err)
	if !dup || !same(m, want) {
		t.Errorf("sent again: %+v, %v", m, dup)
	}

	// The newest come first when there are more than that many.
	for _, cid := range []string{"1", "2", "3"} {
		k.append(text(room, cid, cid, other))
	}
	gone, _ = erase(chat.Erasure{By: other.ID, Most: 2, How: chat.DeletedByAuthor})
	if len(gone) != 2 || gone[0].CID != "2" || gone[1].CID != "3" || gone[0].Rev+1 != gone[1].Rev {
		t.Errorf("deleted %+v", gone)
	}
	if err := k.DeleteMessages(t.Context(), chat.Erasure{Room: "none", Seq: 1, How: chat.DeletedByAuthor}, nil); !errors.Is(err, chat.ErrNotFound) {
		t.Errorf("in no room: %v", err)
	}

	// A line tells who did it.
	audit := line(room, "k", chat.LineCleared, other)
	audit.Actor, audit.N = &owner, 2
	k.append(chat.Entry{Message: audit})
	all := k.all(room)
	if last := all[len(all)-1]; last.N != 2 || last.Actor == nil || *last.Actor != owner || last.By.ID != other.ID {
		t.Errorf("the line is %+v, by %+v", last, last.Actor)
	}
}
