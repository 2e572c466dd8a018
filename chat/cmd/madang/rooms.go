package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/madang-chat/madang/chat"
)

type roomsCommand struct {
	List   listRooms  `cmd:"" default:"withargs" help:"List all rooms, those last active first."`
	Show   showRoom   `cmd:"" help:"Show a room and who is in it."`
	Close  closeRoom  `cmd:"" help:"Close a room for good: its messages and images are deleted (export keeps a copy)."`
	Keep   keepRoom   `cmd:"" help:"Keep a room when it is empty, until --off."`
	Unlist unlistRoom `cmd:"" help:"Take a room out of the list, until --off; its link goes on to work."`
}

// aRoom is the argument of commands about a room.
type aRoom struct {
	Room string `arg:"" help:"Its id, the first letters of it, its name in the address, or its link."`
}

func (r aRoom) path() string { return "/rooms/" + url.PathEscape(roomIn(r.Room)) }

// roomIn finds the id in a link.
func roomIn(text string) string {
	for _, before := range []string{"/room/", "/r/"} {
		if _, id, ok := strings.Cut(text, before); ok {
			text = id
		}
	}
	if end := strings.IndexAny(text, "/?#"); end >= 0 {
		text = text[:end]
	}
	if plain, err := url.PathUnescape(text); err == nil {
		return plain
	}
	return text
}

// roomView is a room as commands see it.
type roomView struct {
	ID       string    `json:"id"`
	Title    string    `json:"title"`
	People   int       `json:"people"`
	Max      int       `json:"max"`
	Messages int64     `json:"messages"`
	Images   int64     `json:"imageBytes"`
	Created  time.Time `json:"created"`
	Active   time.Time `json:"active"` // last message
	Owner    string    `json:"owner"`  // session
	Locked   bool      `json:"locked"`
	Listed   bool      `json:"listed"`
	Kept     bool      `json:"kept"`

	Seats []seatView `json:"seats,omitzero"` // of one room alone
}

type seatView struct {
	Session  string    `json:"session"`
	Name     string    `json:"name"`
	NameKo   string    `json:"nameKo"`
	User     string    `json:"user"` // #rrggbb
	Owner    bool      `json:"owner"`
	Since    time.Time `json:"since"`
	Networks []string  `json:"networks"` // none = away, and the seat is kept
}

func roomViewOf(s chat.RoomState) roomView {
	return roomView{ID: s.ID, Title: s.Title, People: s.Count, Max: s.Max, Messages: s.Messages, Images: s.Images, Created: s.Created,
		Active: s.Active, Owner: s.OwnerID, Locked: s.Locked, Listed: s.Listed, Kept: s.Kept}
}

type listRooms struct {
	running
	JSON bool `name:"json" help:"Print JSON."`
}

// Run lists the rooms.
func (c listRooms) Run(ctx context.Context, s streams) error {
	var rooms []roomView
	if err := c.client().Call(ctx, http.MethodGet, "/rooms", nil, &rooms); err != nil {
		return err
	}
	if c.JSON {
		return writeJSON(s.out, rooms)
	}
	if len(rooms) == 0 {
		_, err := fmt.Fprintln(s.out, "There are no rooms.")
		return err
	}
	t := newTable(s.out, "ID", "PEOPLE", "MESSAGES", "IMAGES", "LAST MESSAGE", "CREATED", "FLAGS", "TITLE")
	for _, r := range rooms {
		t.row(r.ID, fmt.Sprintf("%d/%d", r.People, r.Max), r.Messages, size(r.Images), when(r.Active), when(r.Created), r.flags(), printable(r.Title))
	}
	return t.Flush()
}

// flags are what is special about a room.
func (r roomView) flags() string {
	var flags []string
	for _, f := range []struct {
		on   bool
		name string
	}{{r.Kept, "kept"}, {r.Locked, "locked"}, {!r.Listed, "unlisted"}} {
		if f.on {
			flags = append(flags, f.name)
		}
	}
	return cmp.Or(strings.Join(flags, ","), "-")
}

type showRoom struct {
	aRoom
	running
	JSON bool `name:"json" help:"Print JSON."`
}

// Run shows a room.
func (c showRoom) Run(ctx context.Context, s streams) error {
	var r roomView
	if err := c.client().Call(ctx, http.MethodGet, c.path(), nil, &r); err != nil {
		return err
	}
	if c.JSON {
		return writeJSON(s.out, r)
	}
	fmt.Fprintf(s.out, "%s\n  id        %s\n  people    %d of %d\n  messages  %d\n  images    %s\n  last      %s\n  created   %s\n  owner     %s\n  flags     %s\n",
		printable(r.Title), r.ID, r.People, r.Max, r.Messages, size(r.Images), when(r.Active), when(r.Created), r.Owner, r.flags())
	if len(r.Seats) == 0 {
		return nil
	}
	fmt.Fprintln(s.out)
	t := newTable(s.out, "SESSION", "SINCE", "NETWORK", "NAME")
	for _, p := range r.Seats {
		from := cmp.Or(strings.Join(p.Networks, ","), "away")
		name := printable(p.Name)
		if p.NameKo != p.Name {
			name = printable(p.NameKo) + " · " + name
		}
		if p.Owner {
			name += " (owner)"
		}
		t.row(p.Session, when(p.Since), from, name)
	}
	return t.Flush()
}

type closeRoom struct {
	aRoom
	running
}

// Run closes a room.
func (c closeRoom) Run(ctx context.Context, s streams) error {
	var r roomView
	if err := c.client().Call(ctx, http.MethodDelete, c.path(), nil, &r); err != nil {
		return err
	}
	_, err := fmt.Fprintf(s.out, "%s is closed. People in it: %d\n", r.named(), r.People)
	return err
}

func (r roomView) named() string { return fmt.Sprintf("The room %s (%s)", printable(r.Title), r.ID) }

type keepRoom struct {
	aRoom
	Off bool `help:"Don't keep it any more."`
	running
}

// Run keeps a room, or doesn't any more.
func (c keepRoom) Run(ctx context.Context, s streams) error {
	kept := !c.Off
	return c.change(ctx, s, c.client().Call, roomChange{Kept: &kept}, map[bool]string{
		true: "is kept when it is empty.", false: "closes when it is empty."}[kept])
}

type unlistRoom struct {
	aRoom
	Off bool `help:"Put it into the list again."`
	running
}

// Run takes a room out of the list, or puts it back.
func (c unlistRoom) Run(ctx context.Context, s streams) error {
	listed := c.Off
	return c.change(ctx, s, c.client().Call, roomChange{Listed: &listed}, map[bool]string{
		true: "is in the list.", false: "isn't in the list. Its link works."}[listed])
}

type roomChange struct {
	Kept   *bool `json:"kept,omitzero"`
	Listed *bool `json:"listed,omitzero"`
}

type call func(ctx context.Context, method, path string, in, out any) error

func (r aRoom) change(ctx context.Context, s streams, ask call, change roomChange, done string) error {
	var v roomView
	if err := ask(ctx, http.MethodPatch, r.path(), change, &v); err != nil {
		return err
	}
	_, err := fmt.Fprintln(s.out, v.named(), done)
	return err
}
