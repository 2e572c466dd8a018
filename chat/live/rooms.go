package live

import (
	"context"
	"sync"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/wire"
	"github.com/madang-chat/madang/socketio"
)

// rooms is the gateway of /chat.
type rooms struct {
	*Door
	ns *socketio.Namespace
}

// stays are the visits of each socket of /chat.
var stays = socketio.NewKey[*visits]("visits")

// visits are the rooms that one socket is in.
type visits struct {
	mu     sync.Mutex
	byRoom map[string]*visit // guarded by mu
}

// put remembers a visit and returns the one to the same room that it replaces.
func (v *visits) put(now *visit) (before *visit) {
	v.mu.Lock()
	defer v.mu.Unlock()
	before = v.byRoom[now.room]
	if v.byRoom == nil {
		v.byRoom = make(map[string]*visit, 1)
	}
	v.byRoom[now.room] = now
	return before
}

func (v *visits) in(room string) *visit {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.byRoom[room]
}

// drop forgets a visit, unless another one has replaced it.
func (v *visits) drop(gone *visit) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.byRoom[gone.room] == gone {
		delete(v.byRoom, gone.room)
	}
}

// clear forgets all visits and returns them.
func (v *visits) clear() map[string]*visit {
	v.mu.Lock()
	defer v.mu.Unlock()
	all := v.byRoom
	v.byRoom = nil
	return all
}

// Events implements [socketio.Gateway].
func (r *rooms) Events(reg *socketio.Registrar) {
	reg.OnConnect(r.connected)
	reg.OnDisconnect(r.disconnected)
	Join.Handle(reg, inRoom(r.join))
	Leave.Handle(reg, inRoom(r.leave))
	Send.Handle(reg, inRoom(r.send))
	History.Handle(reg, inRoom(r.history))
	Search.Handle(reg, inRoom(r.search))
	Rename.Handle(reg, r.rename)
	Delete.Handle(reg, inRoom(r.delete))
	Clear.Handle(reg, inRoom(r.clear))
	Kick.Handle(reg, inRoom(r.kick))
	Ban.Handle(reg, inRoom(r.ban))
	Unban.Handle(reg, inRoom(r.unban))
	Bans.Handle(reg, inRoom(r.bans))
	Name.Handle(reg, inRoom(r.name))
	Transfer.Handle(reg, inRoom(r.transfer))
	Report.Handle(reg, inRoom(r.report))
	Reports.Handle(reg, inRoom(r.reports))
	Dismiss.Handle(reg, inRoom(r.dismiss))
	UpdateRoom.Handle(reg, inRoom(r.update))
}

func (r *rooms) connected(_ context.Context, s *socketio.Socket) error {
	stays.Set(s, new(visits))
	r.welcomeLate(s)
	return nil
}

func (r *rooms) disconnected(s *socketio.Socket, _ socketio.Reason) {
	all, ok := stays.Get(s)
	if !ok {
		return
	}
	id := visitorOf(s.Context()).Visitor
	for room, v := range all.clear() {
		v.end()
		r.house.Gone(id, room, s.ID())
	}
}

// joined is the answer to join.
type joined struct {
	wire.JoinReply
	visit *visit
}

// AfterAck implements [socketio.AfterAck].
func (j joined) AfterAck() { j.visit.answered(j.Rev) }

func (r *rooms) join(ctx context.Context, s *socketio.Socket, q JoinRequest) (joined, error) {
	who := visitorOf(ctx)
	all, _ := stays.Get(s)
	v := r.newVisit(s, who.ID, q.Room)
	before := all.put(v)
	if before != nil {
		// From here on everything is kept by v, and all that was told before is older than the
		// snapshot.
		before.end()
	}
	request := chat.JoinRequest{Room: q.Room, Conn: s.ID(), Grant: grantOf(s, q.Room)}
	if q.Proof != "" {
		r.house.Prove(who.Visitor, q.Room, q.Proof)
	}
	if q.Since != nil {
		request.Since = &chat.Since{Epoch: q.Since.Epoch, Rev: q.Since.Rev}
	}
	j, err := r.house.Join(s.Context(), who.Visitor, request)
	if err != nil {
		v.forget()
		if before != nil {
			r.house.Gone(who.Visitor, q.Room, s.ID())
		}
		return joined{}, unread(s, err)
	}
	return joined{wire.JoinReplyOf(j, who.lang, who.ID), v}, nil
}

// unread is the error of reading for a client. Reading ends when its client leaves, unlike what
// writes, and then nothing is missing, whatever the store calls that.
func unread(s *socketio.Socket, err error) error {
	if s.Context().Err() != nil {
		return socketio.ErrClosed
	}
	return err
}

func (r *rooms) leave(ctx context.Context, s *socketio.Socket, q RoomRequest) (wire.OK, error) {
	all, _ := stays.Get(s)
	if v := all.in(q.Room); v != nil {
		v.forget()
	}
	return wire.Done, r.house.Leave(ctx, visitorOf(ctx).Visitor, q.Room, s.ID())
}

func (r *rooms) send(ctx context.Context, _ *socketio.Socket, q SendRequest) (wire.SentReply, error) {
	m, dup, err := r.house.Send(ctx, visitorOf(ctx).Visitor, chat.Post{Room: q.Room, CID: q.CID, Text: q.Chat})
	if err != nil {
		return wire.SentReply{}, err
	}
	return wire.SentReplyOf(m, dup), nil
}

func (r *rooms) rename(ctx context.Context, _ *socketio.Socket, q NickRequest) (wire.NickReply, error) {
	id, err := r.house.Rename(ctx, visitorOf(ctx).Visitor, q.Nickname)
	if err != nil {
		return wire.NickReply{}, err
	}
	return wire.NickReply{OK: true, Nickname: id.Nickname}, nil
}

func (r *rooms) history(ctx context.Context, s *socketio.Socket, q HistoryRequest) (wire.PageReply, error) {
	who := visitorOf(ctx)
	h := chat.HistoryQuery{Room: q.Room, Grant: grantOf(s, q.Room), Before: q.Before, Limit: q.Limit}
	if q.After != nil {
		h.After, h.Oldest = *q.After, q.Before == 0
	}
	page, err := r.house.History(s.Context(), who.Visitor, h)
	if err != nil {
		return wire.PageReply{}, unread(s, err)
	}
	return wire.PageReplyOf(page, who.lang, who.ID), nil
}

func (r *rooms) update(ctx context.Context, _ *socketio.Socket, q ChangeRequest) (wire.ChangedReply, error) {
	who := visitorOf(ctx).Visitor
	room, err := r.house.ChangeRoom(ctx, who, q.Room, q.Of())
	if err != nil {
		return wire.ChangedReply{}, err
	}
	return wire.ChangedReplyOf(room, who.ID), nil
}
