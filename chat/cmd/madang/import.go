package main

import (
	"archive/zip"
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/backup"
	"github.com/madang-chat/madang/chat/control"
	"github.com/madang-chat/madang/chat/export"
	"github.com/madang-chat/madang/chat/media"
	"github.com/madang-chat/madang/chat/sqlite"
)

type importCommand struct {
	File string `arg:"" help:"The zip of an export, of this server or of another."`

	Listed bool   `help:"Show the room in the list; else who has its link finds it."`
	Data   string `default:"./data" placeholder:"FOLDER" help:"Folder of the data; the server may run or not (${default})."`
}

// newImport asks a running server for that. It reads the file by itself, since a command has no
// more than a few words.
type newImport struct {
	File   string `json:"file"` // from the root
	Listed bool   `json:"listed"`
}

// importStep is a line of the answer: how far it is, or what came of it.
type importStep struct {
	Messages int              `json:"messages,omitzero"`
	Done     *export.Imported `json:"done,omitzero"`
}

// Run adds the room: by the server that uses the data, else to the data itself.
func (c importCommand) Run(ctx context.Context, s streams) error {
	file, err := filepath.Abs(c.File)
	if err != nil {
		return err
	}
	if _, err := os.Stat(file); err != nil {
		return fmt.Errorf("read the zip: %w", err)
	}
	done, err := c.byServer(ctx, file)
	if errors.Is(err, control.ErrNotRunning) {
		done, err = c.intoFolder(ctx, file, err)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "The room %q is there: %d messages, %d images. Its link ends in /room/%s.\n", done.Title, done.Messages, done.Images, done.Room)
	if done.Lost > 0 {
		fmt.Fprintf(s.out, "%d images were missing in the export already.\n", done.Lost)
	}
	for _, line := range leftLines(done.Left) {
		fmt.Fprintln(s.out, line)
	}
	_, err = fmt.Fprintln(s.out, "It has no password, and belongs to whoever is in it next: open it yourself before you share the link.")
	return err
}

// leftLines tell what the room couldn't take along, each in a line.
func leftLines(l export.Left) (lines []string) {
	say := func(is bool, format string, args ...any) {
		if is {
			lines = append(lines, fmt.Sprintf(format, args...))
		}
	}
	say(l.Password, "It had a password, which no export tells: set one in the room's settings.")
	say(l.Moderators > 0, "It had moderators (%d), who are people of the other server: name new ones in the room.", l.Moderators)
	say(l.Tags > 0, "Some of its people had a tag (%d), which proves nothing here: they are shown without.", l.Tags)
	say(l.DoorLocked, "Its door was locked, and is open: nobody would get in.")
	say(l.Life != "", "It lasted %s, which can't be here: it lasts as the settings of the room say now.", spanWords[l.Life])
	say(l.History != "", "Its messages lasted %s, and would go at once: they stay as long as the room, unless its settings are changed.", spanWords[l.History])
	return lines
}

// spanWords say how long something lasted.
var spanWords = map[chat.Span]string{chat.UntilEmpty: "until it was empty", chat.Day: "a day", chat.Week: "a week", chat.Month: "a month", chat.Always: "for good"}

func (c importCommand) byServer(ctx context.Context, file string) (export.Imported, error) {
	answer, err := control.NewClient(c.Data).Post(ctx, "/imports", newImport{File: file, Listed: c.Listed})
	if err != nil {
		return export.Imported{}, err
	}
	defer answer.Close()
	for steps := bufio.NewScanner(answer); ; {
		if !steps.Scan() {
			return export.Imported{}, errors.Join(steps.Err(), errors.New("the server has imported nothing"))
		}
		var step importStep
		if err := json.Unmarshal(steps.Bytes(), &step); err != nil {
			return export.Imported{}, fmt.Errorf("read the server's answer: %w", err)
		}
		if step.Done != nil {
			return *step.Done, nil
		}
	}
}

// intoFolder adds it to the data of a server that doesn't run, and keeps one from starting
// meanwhile.
func (c importCommand) intoFolder(ctx context.Context, file string, notRunning error) (done export.Imported, err error) {
	database := filepath.Join(c.Data, backup.Database)
	if _, err := os.Stat(database); errors.Is(err, fs.ErrNotExist) {
		return done, fmt.Errorf("%w: start a server on it once", notRunning)
	}
	lock, err := lockFolder(c.Data)
	if err != nil {
		return done, err
	}
	defer lock.Close()
	if err := backup.Unfinished(c.Data); err != nil {
		return done, err
	}
	store, err := sqlite.Open(ctx, database, sqlite.Options{})
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	files, err := media.Open(filepath.Join(c.Data, backup.Media))
	if err != nil {
		return done, err
	}
	return importFile(ctx, file, export.Import{To: store, Files: files, Listed: c.Listed})
}

// importFile adds the room of a zip.
func importFile(ctx context.Context, file string, how export.Import) (export.Imported, error) {
	z, err := zip.OpenReader(file)
	if errors.Is(err, zip.ErrFormat) {
		return export.Imported{}, fmt.Errorf("%s is no zip", filepath.Base(file))
	}
	if err != nil {
		return export.Imported{}, fmt.Errorf("open the zip: %w", err)
	}
	defer z.Close()
	return how.Read(ctx, &z.Reader)
}

// importRoom answers with a line from time to time, and a last one.
func (m *Main) importRoom(w http.ResponseWriter, r *http.Request) error {
	var q newImport
	if err := told(r, &q); err != nil {
		return err
	}
	if !filepath.IsAbs(q.File) {
		return chat.Fail(chat.BadRequest, "name the zip from the root")
	}
	w.Header().Set("Content-Type", "application/jsonl")
	lines, conn := json.NewEncoder(w), http.NewResponseController(w)
	say := func(step importStep) {
		lines.Encode(step) // fails when the command has gone, and then the context ends
		conn.Flush()
	}
	say(importStep{})
	done, err := importFile(r.Context(), q.File, export.Import{To: m.house, Files: m.files, Limits: m.house.Limits(), Terms: m.house.Terms(), Listed: q.Listed,
		Told: func(n int) { say(importStep{Messages: n}) }})
	if err != nil {
		control.Fail(w, errors.New(strings.ReplaceAll(err.Error(), "\n", "; ")))
		return nil
	}
	m.Log.Info("the operator has imported a room", "room", done.Room, "messages", done.Messages, "images", done.Images)
	say(importStep{Done: &done})
	return nil
}
