package live

import (
	"context"

	"github.com/madang-chat/madang/chat/wire"
	"github.com/madang-chat/madang/socketio"
)

func (r *rooms) delete(ctx context.Context, _ *socketio.Socket, q MessageRequest) (wire.DeletedReply, error) {
	if q.Room == "" {
		return wire.DeletedReply{}, missingRoom()
	}
	rev, err := r.house.DeleteMessage(ctx, visitorOf(ctx).Visitor, q.Room, q.Seq)
	if err != nil {
		return wire.DeletedReply{}, err
	}
	return wire.DeletedReply{OK: true, Rev: rev}, nil
}

func (r *rooms) clear(ctx context.Context, _ *socketio.Socket, q PersonRequest) (wire.ClearedReply, error) {
	if q.Room == "" {
		return wire.ClearedReply{}, missingRoom()
	}
	n, err := r.house.DeleteAll(ctx, visitorOf(ctx).Visitor, q.Room, q.User)
	if err != nil {
		return wire.ClearedReply{}, err
	}
	return wire.ClearedReply{OK: true, N: n}, nil
}

func (r *rooms) kick(ctx context.Context, _ *socketio.Socket, q PersonRequest) (wire.OK, error) {
	if q.Room == "" {
		return wire.OK{}, missingRoom()
	}
	return wire.Done, r.house.Remove(ctx, visitorOf(ctx).Visitor, q.Room, q.User)
}
