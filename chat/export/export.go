// Package export writes a room as a zip that people and programs can read without the chat, and
// reads such a zip again:
//
//	index.html       the whole room, for any browser, without the network
//	messages.jsonl   one message a line, in order
//	media/…          the images, under the names that the messages tell
//	room.json        the room, the people, and what is in the zip; it comes last
//
// The room may be used meanwhile: what is said after the beginning isn't in it.
package export

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"time"

	"github.com/madang-chat/madang/chat"
)

// Store is what is read of a [chat.Store].
type Store interface {
	Epoch() string
	Room(ctx context.Context, id string) (chat.RoomRecord, error)
	Messages(ctx context.Context, room string, r chat.Range) (chat.Snapshot, error)
}

// Files is what is read of the images.
type Files interface {
	Open(name string) (*os.File, error)
}

// Reader is who the page is for, which shows all languages.
type Reader struct {
	Lang string         // that it shows first
	Zone *time.Location // of its times; nil = UTC
}

// page is how many messages are in memory at once.
const page = 200

// Write writes the room with that id to w. It fails with chat.ErrNotFound when there is no such
// room, or no more: before anything is written if it is gone by then.
func Write(ctx context.Context, w io.Writer, store Store, files Files, id string, reader Reader) error {
	rec, err := store.Room(ctx, id)
	if err != nil {
		return fmt.Errorf("read the room: %w", err)
	}
	newest, err := store.Messages(ctx, id, chat.Range{Limit: 1})
	if err != nil {
		return fmt.Errorf("read the room: %w", err)
	}
	e := &export{ctx: ctx, zip: zip.NewWriter(w), store: store, files: files, record: rec, room: roomOf(rec), reader: reader}
	e.room.Epoch, e.room.Rev, e.room.Exported = store.Epoch(), newest.Rev, stamp(time.Now())
	if n := len(newest.Messages); n > 0 {
		e.last = newest.Messages[n-1].Seq
	}
	for _, step := range []func() error{e.writePage, e.writeMessages, e.writeMedia, e.writeRoom, e.zip.Close} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

type export struct {
	ctx    context.Context
	zip    *zip.Writer
	store  Store
	files  Files
	record chat.RoomRecord
	room   room
	reader Reader
	last   int64 // seq of the newest message that belongs to it
}

// messages yields all, and an error as its last.
func (e *export) messages() iter.Seq2[chat.Message, error] {
	return func(yield func(chat.Message, error) bool) {
		for after := int64(0); after < e.last; {
			snap, err := e.store.Messages(e.ctx, e.room.ID, chat.Range{After: after, Before: e.last + 1, Oldest: true, Limit: page})
			if err != nil {
				yield(chat.Message{}, fmt.Errorf("read messages: %w", err))
				return
			}
			for _, m := range snap.Messages {
				if !yield(m, nil) {
					return
				}
				after = m.Seq
			}
			if !snap.More {
				return
			}
		}
	}
}

func (e *export) create(name string) (io.Writer, error) {
	w, err := e.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Now()})
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", name, err)
	}
	return w, nil
}

func (e *export) writeMessages() error {
	w, err := e.create(messagesFile)
	if err != nil {
		return err
	}
	lines := json.NewEncoder(w)
	lines.SetEscapeHTML(false)
	for m, err := range e.messages() {
		if err != nil {
			return err
		}
		if err := lines.Encode(messageOf(m)); err != nil {
			return fmt.Errorf("write messages: %w", err)
		}
		e.room.Messages++
	}
	return nil
}

func (e *export) writeMedia() error {
	for m, err := range e.messages() {
		if err != nil {
			return err
		}
		for i, f := range m.Media {
			if err := e.writeImage(f, fileOf(m, i), m.Created); err != nil {
				return fmt.Errorf("write the image %s: %w", f.Name, err)
			}
		}
	}
	return nil
}

// writeImage adds an image. One that isn't there is lost when the room still is.
func (e *export) writeImage(m chat.Media, name string, sent time.Time) error {
	f, err := e.files.Open(m.Name)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := e.store.Room(e.ctx, e.room.ID); err != nil {
			return err
		}
		e.room.Lost = append(e.room.Lost, name)
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	// Images don't shrink.
	w, err := e.zip.CreateHeader(&zip.FileHeader{Name: name, Modified: sent})
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, reader{e.ctx, f}); err != nil {
		return err
	}
	e.room.Media++
	return nil
}

// reader ends with its context.
type reader struct {
	ctx context.Context
	io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.Reader.Read(p)
}

func (e *export) writeRoom() error {
	w, err := e.create(roomFile)
	if err != nil {
		return err
	}
	doc := json.NewEncoder(w)
	doc.SetEscapeHTML(false)
	doc.SetIndent("", "  ")
	if err := doc.Encode(e.room); err != nil {
		return fmt.Errorf("write the room: %w", err)
	}
	return nil
}

// The names in the zip.
const (
	pageFile     = "index.html"
	messagesFile = "messages.jsonl"
	roomFile     = "room.json"
)
