package socketio

// OnUpgrade adds a function that runs when polling has become WebSocket.
func (r *Registrar) OnUpgrade(fn func(s *Socket)) {
	require("OnUpgrade", fn != nil)
	r.change(func(t *table) { t.upgrade = with(t.upgrade, fn) })
}

// hearsUpgrades reports whether there is anybody to tell.
func (n *Namespace) hearsUpgrades() bool {
	parent, own := n.tables()
	return len(own.upgrade)+len(parent.upgrade) > 0
}

// Upgraded implements engineio.UpgradeReceiver.
func (c *conn) Upgraded() {
	var start []*Socket
	c.mu.Lock()
	for _, s := range c.sockets {
		if s.state() == joined && s.ns.hearsUpgrades() && s.inbox.push(&job{kind: jobUpgrade}) {
			start = append(start, s)
		}
	}
	c.mu.Unlock()
	for _, s := range start {
		c.server.workers.run(task{socket: s})
	}
}

func (s *Socket) runUpgrade() {
	ctx := s.conn.handling()
	defer ctx.end()
	ch := s.ns.chain()
	for _, list := range [][]onUpgrade{ch.parent.upgrade, ch.own.upgrade} {
		for _, fn := range list {
			if err := guard(func() { fn(s) }); err != nil {
				s.report(ctx, "upgrade", err)
			}
		}
	}
}
