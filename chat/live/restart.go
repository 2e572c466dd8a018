package live

import (
	"context"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/wire"
	"github.com/madang-chat/madang/socketio"
)

// restart is the code of the notice that the server goes and comes back.
const restart chat.Code = "RESTART"

// TellRestart tells all that the server restarts soon, and waits until it is written or ctx ends:
// pages say so instead of that the connection was lost, and come back at different moments. Who
// comes in later is told then. A second call does nothing.
func (d *Door) TellRestart(ctx context.Context) {
	if d.restarting.Swap(true) {
		return
	}
	var told []*socketio.Socket
	for _, ns := range []string{"/room", "/chat"} {
		for s := range d.server.Of(ns).Sockets() {
			d.noticeRestart(s)
			told = append(told, s)
		}
	}
	for _, s := range told {
		_ = s.Drain(ctx) // who has gone, or doesn't listen, isn't told
	}
}

func (d *Door) noticeRestart(s *socketio.Socket) {
	text := wire.Text(visitorOf(s.Context()).lang, "notice."+string(restart))
	emit(d, Notice, s, wire.Notice{Level: "info", Message: text, Code: restart})
}

// welcomeLate tells it to a socket that has only just come in.
func (d *Door) welcomeLate(s *socketio.Socket) {
	if d.restarting.Load() {
		d.noticeRestart(s)
	}
}
