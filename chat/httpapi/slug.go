package httpapi

import (
	"net/http"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/wire"
)

// roomByName shows a room by its slug, which has one address however it was typed, or by its id.
// Where there is none, the page offers to open it: looking makes no room.
func (s *site) roomByName(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("name")
	room, err := s.house.Room(name)
	if chat.CodeOf(err) != chat.NoSuchRoom {
		return s.shown(w, r, room, err)
	}
	slug, bad := s.house.Slug(name)
	if bad != nil {
		return s.toLobby(w, r, err)
	}
	if path := wire.SlugURL(slug); r.URL.EscapedPath() != path {
		if r.URL.RawQuery != "" {
			path += "?" + r.URL.RawQuery
		}
		w.Header().Set("Location", path)
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusPermanentRedirect)
		return nil
	}
	room, err = s.house.RoomAt(slug)
	if chat.CodeOf(err) == chat.NoSuchRoom && acceptsHTML(r) {
		return s.offer(w, r, slug)
	}
	return s.shown(w, r, room, err)
}

func (s *site) shown(w http.ResponseWriter, r *http.Request, room chat.Room, err error) error {
	if err != nil {
		return s.toLobby(w, r, err)
	}
	return s.showRoom(w, r, room)
}

// offer shows where a room may be opened. For whoever doesn't run the page there is nothing.
func (s *site) offer(w http.ResponseWriter, r *http.Request, slug string) error {
	v, err := s.visitor(w, r)
	if err != nil {
		return err
	}
	s.show(w, r, http.StatusNotFound, v, data{View: "offer", Slug: slug})
	return nil
}
