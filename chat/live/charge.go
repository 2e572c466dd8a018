package live

import (
	"context"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/wire"
	"github.com/madang-chat/madang/socketio"
)

func (r *rooms) delete(ctx context.Context, _ *socketio.Socket, q MessageRequest) (wire.DeletedReply, error) {
	rev, err := r.house.DeleteMessage(ctx, visitorOf(ctx).Visitor, q.Room, q.Seq)
	if err != nil {
		return wire.DeletedReply{}, err
	}
	return wire.DeletedReply{OK: true, Rev: rev}, nil
}

func (r *rooms) clear(ctx context.Context, _ *socketio.Socket, q PersonRequest) (wire.ClearedReply, error) {
	n, err := r.house.DeleteAll(ctx, visitorOf(ctx).Visitor, q.Room, q.User)
	if err != nil {
		return wire.ClearedReply{}, err
	}
	return wire.ClearedReply{OK: true, N: n}, nil
}

func (r *rooms) kick(ctx context.Context, _ *socketio.Socket, q PersonRequest) (wire.OK, error) {
	return wire.Done, r.house.Remove(ctx, visitorOf(ctx).Visitor, q.Room, q.User)
}

func (r *rooms) ban(ctx context.Context, _ *socketio.Socket, q BanRequest) (wire.OK, error) {
	d, err := wire.BanTime(q.For)
	if err != nil {
		return wire.OK{}, err
	}
	return wire.Done, r.house.BanMember(ctx, visitorOf(ctx).Visitor,
		chat.BanRequest{Room: q.Room, User: q.User, For: d, Address: q.Address, Reason: q.Reason})
}

func (r *rooms) unban(ctx context.Context, _ *socketio.Socket, q PersonRequest) (wire.OK, error) {
	return wire.Done, r.house.LiftBanOf(ctx, visitorOf(ctx).Visitor, q.Room, q.User)
}

func (r *rooms) bans(ctx context.Context, _ *socketio.Socket, q RoomRequest) (wire.BansReply, error) {
	who := visitorOf(ctx)
	all, err := r.house.BannedFrom(who.Visitor, q.Room)
	if err != nil {
		return wire.BansReply{}, err
	}
	return wire.BansReplyOf(all, who.lang), nil
}

func (r *rooms) name(ctx context.Context, _ *socketio.Socket, q ModeratorRequest) (wire.OK, error) {
	return wire.Done, r.house.SetModerator(ctx, visitorOf(ctx).Visitor, q.Room, q.User, q.On)
}

func (r *rooms) report(ctx context.Context, _ *socketio.Socket, q ReportRequest) (wire.OK, error) {
	return wire.Done, r.house.Report(ctx, visitorOf(ctx).Visitor,
		chat.ReportRequest{Room: q.Room, User: q.User, Seq: q.Seq, Reason: q.Reason})
}

func (r *rooms) reports(ctx context.Context, s *socketio.Socket, q RoomRequest) (wire.ReportsReply, error) {
	who := visitorOf(ctx)
	all, err := r.house.Reports(s.Context(), who.Visitor, q.Room)
	if err != nil {
		return wire.ReportsReply{}, unread(s, err)
	}
	return wire.ReportsReplyOf(all, who.lang), nil
}

func (r *rooms) dismiss(ctx context.Context, _ *socketio.Socket, q DismissRequest) (wire.OK, error) {
	return wire.Done, r.house.DismissReport(ctx, visitorOf(ctx).Visitor, q.Room, q.User, q.Seq)
}

func (r *rooms) transfer(ctx context.Context, _ *socketio.Socket, q PersonRequest) (wire.OK, error) {
	return wire.Done, r.house.HandOver(ctx, visitorOf(ctx).Visitor, q.Room, q.User)
}
