package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/backup"
	"github.com/madang-chat/madang/chat/control"
	"github.com/madang-chat/madang/chat/export"
	"github.com/madang-chat/madang/chat/media"
	"github.com/madang-chat/madang/chat/sqlite"
)

type exportCommand struct {
	aRoom
	File string `arg:"" optional:"" help:"Name of the zip, which doesn't exist yet; - is standard output. By default it is made in this folder, named by the room and the time."`

	Lang string `default:"ko" enum:"ko,en" help:"Language that the page shows first: ko or en (${default}); the other is in it too."`
	Data string `default:"./data" placeholder:"FOLDER" help:"Folder of the data; the server may run or not (${default})."`
}

// Run writes a room: by the server that uses the data, else from the data itself.
func (c exportCommand) Run(ctx context.Context, s streams) error {
	client := control.NewClient(c.Data)
	var room roomView
	err := client.Call(ctx, http.MethodGet, c.path(), nil, &room)
	if errors.Is(err, control.ErrNotRunning) {
		return c.fromFolder(ctx, s, err)
	}
	if err != nil {
		return err
	}
	return c.into(s, room.ID, func(w io.Writer) error {
		zip, err := client.Get(ctx, "/rooms/"+room.ID+"/export?"+c.reader().Encode())
		if err != nil {
			return err
		}
		defer zip.Close()
		_, err = io.Copy(w, zip)
		return err
	})
}

// reader says who the page is for: somebody here, by the clock of this machine.
func (c exportCommand) reader() url.Values {
	_, offset := time.Now().Zone()
	return url.Values{"lang": {c.Lang}, "zone": {strconv.Itoa(offset / 60)}}
}

// readerOf is what a command has said of that.
func readerOf(r *http.Request) export.Reader {
	q := r.URL.Query()
	minutes, _ := strconv.Atoi(q.Get("zone")) // absent in those of older programs
	return export.Reader{Lang: q.Get("lang"), Zone: time.FixedZone("", minutes*60)}
}

// fromFolder reads the data of a server that doesn't run, and keeps one from starting meanwhile.
func (c exportCommand) fromFolder(ctx context.Context, s streams, notRunning error) (err error) {
	database := filepath.Join(c.Data, backup.Database)
	if _, err := os.Stat(database); errors.Is(err, fs.ErrNotExist) {
		return notRunning
	}
	lock, err := lockFolder(c.Data)
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := backup.Unfinished(c.Data); err != nil {
		return err
	}
	store, err := sqlite.Open(ctx, database, sqlite.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	files, err := media.Open(filepath.Join(c.Data, backup.Media))
	if err != nil {
		return err
	}
	rooms, err := store.Rooms(ctx)
	if err != nil {
		return fmt.Errorf("read rooms: %w", err)
	}
	id, err := chat.PickRoom(func(yield func(id, slug string) bool) {
		for _, r := range rooms {
			if !yield(r.ID, r.Slug) {
				return
			}
		}
	}, roomIn(c.Room))
	if err != nil {
		return err
	}
	return c.into(s, id, func(w io.Writer) error {
		return export.Write(ctx, w, store, files, id, export.Reader{Lang: c.Lang, Zone: time.Local})
	})
}

// into writes to the file, which gets its name when it is whole.
func (c exportCommand) into(s streams, id string, write func(io.Writer) error) error {
	if c.File == "-" {
		return write(s.out)
	}
	name := c.File
	if name == "" {
		name = fmt.Sprintf("room-%s-%s.zip", id[:min(8, len(id))], time.Now().Format("20060102-150405"))
	}
	if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there already: choose a new name", name)
	}
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".unfinished-*") // mode 0600
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("no permission to make %s: name a folder that this user may write to, or - with > room.zip behind it", name)
	}
	if err != nil {
		return fmt.Errorf("make the zip: %w", err)
	}
	err = write(f)
	var bytes int64
	if info, e := f.Stat(); e == nil {
		bytes = info.Size()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return errors.Join(fmt.Errorf("name the zip: %w", err), os.Remove(f.Name()))
	}
	_, err = fmt.Fprintf(s.out, "The room is in %s (%.1f MB). Keep it private: it holds what people said.\n", name, float64(bytes)/1e6)
	return err
}
