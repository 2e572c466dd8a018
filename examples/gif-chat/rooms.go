package main

import (
	"fmt"
	"log"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	minPeople     = 2
	maxPeople     = 1000
	defaultPeople = 10
	maxTitle      = 100 // characters
)

func (a *app) showList(w http.ResponseWriter, r *http.Request) {
	rooms, err := a.store.rooms()
	if err != nil {
		a.fail(w, r, http.StatusInternalServerError, fmt.Errorf("list the rooms: %w", err))
		return
	}
	who := a.visitor(r.Context())
	mine := map[string]bool{}
	for _, room := range rooms {
		mine[room.ID] = room.ownerID == who.ID
	}
	a.render(w, r, http.StatusOK, "list.html", map[string]any{
		"Rooms": rooms, "Mine": mine, "Visitor": who, "Error": r.URL.Query().Get("error"),
	})
}

func (a *app) showForm(w http.ResponseWriter, r *http.Request) {
	a.render(w, r, http.StatusOK, "form.html", map[string]any{"Visitor": a.visitor(r.Context()), "Max": defaultPeople})
}

func (a *app) createRoom(w http.ResponseWriter, r *http.Request) {
	fields, ok := a.fields(w, r)
	if !ok {
		return
	}
	people := defaultPeople
	if text, given := fields["max"]; given {
		var err error
		if people, err = strconv.Atoi(text); err != nil || people < minPeople || people > maxPeople {
			a.fail(w, r, http.StatusBadRequest, fmt.Errorf("max has to be a number from %d to %d", minPeople, maxPeople))
			return
		}
	}
	title := fields["title"]
	if strings.TrimSpace(title) == "" || utf8.RuneCountInString(title) > maxTitle {
		a.fail(w, r, http.StatusBadRequest, fmt.Errorf("a title of at most %d characters is wanted", maxTitle))
		return
	}
	room, err := a.store.addRoom(title, people, fields["password"], a.visitor(r.Context()))
	if err != nil {
		a.fail(w, r, http.StatusInternalServerError, fmt.Errorf("store the room: %w", err))
		return
	}
	a.seats.open(room.ID)
	newRoom.Emit(a.list, room)
	to := "/room/" + room.ID
	if room.Locked {
		to += "?password=" + escape(fields["password"])
	}
	http.Redirect(w, r, to, http.StatusFound)
}

func (a *app) showRoom(w http.ResponseWriter, r *http.Request) {
	room, found, err := a.store.room(r.PathValue("id"))
	if err != nil {
		a.fail(w, r, http.StatusInternalServerError, fmt.Errorf("find the room: %w", err))
		return
	}
	who := a.visitor(r.Context())
	refuse := func(why string) { http.Redirect(w, r, "/?error="+escape(why), http.StatusFound) }
	switch {
	case !found:
		refuse(noSuchRoom)
		return
	case !room.opens(r.URL.Query().Get("password")):
		refuse(wrongPassword)
		return
	case a.seats.taken(room.ID) >= room.Max:
		refuse(roomIsFull)
		return
	}
	if room.Locked {
		if err := a.store.admit(room.ID, who.ID); err != nil {
			a.fail(w, r, http.StatusInternalServerError, fmt.Errorf("admit the visitor: %w", err))
			return
		}
	}
	chats, err := a.store.chats(room.ID)
	if err != nil {
		a.fail(w, r, http.StatusInternalServerError, fmt.Errorf("read the history: %w", err))
		return
	}
	a.render(w, r, http.StatusOK, "chat.html", map[string]any{"Room": room, "Chats": chats, "Visitor": who})
}

// removeRoom is for the owner. What isn't there any more is removed.
func (a *app) removeRoom(w http.ResponseWriter, r *http.Request) {
	room, found, err := a.store.room(r.PathValue("id"))
	if err != nil {
		a.fail(w, r, http.StatusInternalServerError, fmt.Errorf("find the room: %w", err))
		return
	}
	if found {
		if room.ownerID != a.visitor(r.Context()).ID {
			a.fail(w, r, http.StatusForbidden, fmt.Errorf("only the owner removes a room"))
			return
		}
		if err := a.deleteRoom(room.ID); err != nil {
			a.fail(w, r, http.StatusInternalServerError, err)
			return
		}
	}
	w.Write([]byte("ok"))
}

// deleteRoom ends a room: seats, history, GIFs, and its row in open lists.
func (a *app) deleteRoom(id string) error {
	gifs, found, err := a.store.deleteRoom(id)
	if err != nil {
		return fmt.Errorf("remove room %s: %w", id, err)
	}
	sockets := a.seats.remove(id)
	for _, name := range gifs {
		if err := a.gifs.Remove(name); err != nil {
			log.Printf("remove a GIF of room %s: %v", id, err)
		}
	}
	for _, socket := range sockets {
		if s, ok := a.chat.Socket(socket); ok {
			s.Leave(id)
		}
	}
	if found {
		goneRoom.Emit(a.list, id)
	}
	return nil
}

// escape writes text as encodeURIComponent does, at least as far as servers can tell.
func escape(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}
