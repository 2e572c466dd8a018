// Package chat is the domain of the chat: sessions, rooms, members, seats, messages, their order
// and the rules they obey. It knows neither HTTP nor Socket.IO nor SQL. Two doors (chat/httpapi and
// chat/live) call one [House], which keeps what must last in a [Store] and what is only now
// (seats, presence, grants, rates) in memory.
//
// # Delivery
//
// Every message has a seq and a rev, both gap-free per room and given out in the transaction that
// inserts it. A sender names each message with a cid; the same (room, sender, cid) never makes a
// second message. A call returns after the commit.
//
// Each room has a stream of events. A change enters the stream in commit order, so a listener sees
// the revs of a room as 1, 2, 3 …. Listeners of one room are called one event at a time, from a
// goroutine that holds no lock: they may call any method of the House, and must not block, because
// the room's later events wait for them.
//
// To show a room without a hole, subscribe first and keep what arrives, then [House.Join], answer
// with its snapshot, and hand over at a point of the stream. When Join returns, the stream holds
// all that the snapshot does, so behind that point only larger revs come:
//
//	stop := house.Subscribe(room, kept.add)
//	joined, err := house.Join(ctx, id, request)
//	// answer with joined
//	house.InOrder(room, func() {
//		stop()
//		// emit the kept events with Message.Rev > joined.Rev, then follow live
//	})
//
// # Seats
//
// A seat belongs to an identity, whatever the number of its connections. It is taken in
// [House.Join], counted against the room's Max at once, and freed by [House.Leave] or some time
// after the last connection has gone.
//
// # Time
//
// A room lasts as its owner chooses ([Span]), by default a week after its last message, whether
// anybody is there or not. One goroutine looks every Limits.LifeSweep which rooms are over, which
// messages are older than their room's history, and which rooms have been without their owner for
// so long that another gets them. All of that is told by the times that the [Store] keeps; when a
// server was off, lives are that much longer. [House.ChangeRoom] is the one way to change a room.
//
// # Concurrency
//
// Every method of House is safe from any goroutine. Lock order: room.mu, that of a stream,
// House.mu; those of the rates, of the hashing, of the space for images and of the list of rooms
// are the last, and under none of them is another taken. None is held during I/O, hashing or a
// listener's call. One goroutine deletes sessions and files that nobody will use, every
// Limits.SessionSweep, until [House.Close].
//
// # Limits
//
// [Limits] holds all numbers. What is beyond one is refused with an [Error] that names it.
// Identities cost nothing, so whoever has many is counted by address too ([Visitor].From), and
// whoever has many IPv6 addresses by site. A call that several limits concern counts for all of
// them or, when it is refused, for none, and is told the one that lasts longest. Counts by time are
// in memory: a restart forgets them.
//
// [House.Refused] locks out who doesn't stop: a visitor that doesn't wait as long as it is told to,
// and an address with very many refusals, for those alone who weren't there before. Who waits is
// never locked out, and gets in: a refusal that many get at once is told a time that spreads them,
// and in a room that others fill, those who rarely write have a place of their own.
package chat
