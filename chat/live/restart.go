package live

import (
	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/wire"
	"github.com/madang-chat/madang/socketio"
)

// restart is the code of the notice that the server goes and comes back.
const restart chat.Code = "RESTART"

// TellRestart tells all that the server restarts soon: pages say so instead of that the connection
// was lost, and come back at different moments. Who comes in later is told then. A second call does
// nothing.
func (d *Door) TellRestart() {
	if d.restarting.Swap(true) {
		return
	}
	for _, ns := range []string{"/room", "/chat"} {
		for s := range d.server.Of(ns).Sockets() {
			d.noticeRestart(s)
		}
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
