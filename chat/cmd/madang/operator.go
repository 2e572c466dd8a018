package main

import (
	"net/http"
	"strconv"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/control"
	"github.com/madang-chat/madang/chat/export"
)

// operate mounts what the commands ask of a running server.
func (m *Main) operate(routes *http.ServeMux) {
	for pattern, h := range map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /rooms":               m.listRooms,
		"GET /rooms/{room}":        m.showRoom,
		"PATCH /rooms/{room}":      m.changeRoom,
		"DELETE /rooms/{room}":     m.closeRoom,
		"GET /rooms/{room}/export": m.exportRoom,
		"POST /imports":            m.importRoom,
		"GET /bans":                m.listBans,
		"POST /bans":               m.addBan,
		"DELETE /bans/{id}":        m.liftBan,
	} {
		routes.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := h(w, r); err != nil {
				refuse(w, err)
			}
		})
	}
}

func (m *Main) listRooms(w http.ResponseWriter, r *http.Request) error {
	states, err := m.house.RoomStates(r.Context())
	if err != nil {
		return err
	}
	views := make([]roomView, len(states))
	for i, s := range states {
		views[i] = roomViewOf(s)
	}
	tell(w, views)
	return nil
}

func (m *Main) showRoom(w http.ResponseWriter, r *http.Request) error {
	room, err := m.house.FindRoom(r.PathValue("room"))
	if err != nil {
		return err
	}
	state, seats, err := m.house.RoomState(r.Context(), room.ID)
	if err != nil {
		return err
	}
	v := roomViewOf(state)
	v.Seats = make([]seatView, len(seats))
	for i, s := range seats {
		v.Seats[i] = seatView{Session: s.ID, Name: s.Name("en"), NameKo: s.Name("ko"), User: s.Color, Owner: s.Role == chat.RoleOwner,
			Since: s.Since, Networks: s.Networks}
	}
	tell(w, v)
	return nil
}

func (m *Main) changeRoom(w http.ResponseWriter, r *http.Request) error {
	var q roomChange
	if err := told(r, &q); err != nil {
		return err
	}
	room, err := m.house.FindRoom(r.PathValue("room"))
	if err != nil {
		return err
	}
	if room, err = m.house.AlterRoom(r.Context(), room.ID, chat.RoomChange{Kept: q.Kept, Listed: q.Listed}); err != nil {
		return err
	}
	m.Log.Info("the operator has changed a room", "room", room.ID, "kept", room.Kept, "listed", room.Listed)
	tell(w, roomViewOf(chat.RoomState{Room: room}))
	return nil
}

func (m *Main) closeRoom(w http.ResponseWriter, r *http.Request) error {
	room, err := m.house.FindRoom(r.PathValue("room"))
	if err != nil {
		return err
	}
	if err := m.house.ShutRoom(r.Context(), room.ID); err != nil {
		return err
	}
	m.Log.Info("the operator has closed a room", "room", room.ID)
	tell(w, roomViewOf(chat.RoomState{Room: room}))
	return nil
}

func (m *Main) exportRoom(w http.ResponseWriter, r *http.Request) error {
	room, err := m.house.FindRoom(r.PathValue("room"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/zip")
	if err := export.Write(r.Context(), w, m.store, m.files, room.ID, readerOf(r)); err != nil {
		control.Fail(w, err)
	}
	return nil
}

func (m *Main) listBans(w http.ResponseWriter, r *http.Request) error {
	views := []banView{}
	for _, b := range m.house.Bans() {
		views = append(views, banViewOf(b))
	}
	tell(w, views)
	return nil
}

func (m *Main) addBan(w http.ResponseWriter, r *http.Request) error {
	var q newBan
	if err := told(r, &q); err != nil {
		return err
	}
	b, err := chat.ParseBanned(q.Whom)
	if err != nil {
		return err
	}
	for _, proxy := range m.Proxies {
		if b.Network.IsValid() && b.Network.Overlaps(proxy) {
			return chat.Fail(chat.BadRequest, "that is a proxy in front of the server, named by --trusted-proxies: no visitor has its address")
		}
	}
	if b.Reason = q.Reason; q.Seconds > 0 {
		b.Until = time.Now().Add(time.Duration(q.Seconds) * time.Second)
	}
	if err := b.Check(); err != nil {
		return err
	}
	answer := banned{banView: banViewOf(b)}
	answer.Visitors, answer.Connections, answer.Of = m.door.Connected(b.Lockout())
	if !q.DryRun {
		if b, err = m.house.Ban(r.Context(), b); err != nil {
			return err
		}
		answer.banView = banViewOf(b)
		m.Log.Info("the operator has banned", "ban", b.ID, "visitors", answer.Visitors)
	}
	tell(w, answer)
	return nil
}

func (m *Main) liftBan(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return chat.Fail(chat.BadRequest, "a ban has a number")
	}
	if err := m.house.LiftBan(r.Context(), id); err != nil {
		return err
	}
	m.Log.Info("the operator has lifted a ban", "ban", id)
	tell(w, struct{}{})
	return nil
}
