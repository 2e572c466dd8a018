// Package bustest tests a socketio.Bus: that servers on it are one cluster, and what happens when
// servers, the network or the broker fail.
//
//	func TestBus(t *testing.T) {
//		bustest.Run(t, func(t testing.TB) bustest.Cluster {
//			prefix := rand.Text() // apart from the other tests on this broker
//			return bustest.Cluster{Bus: func() socketio.Bus { return mybus.New(client, prefix) }}
//		})
//	}
//
// # What a bus has to do
//
// A message arrives once, or not at all when the broker or the server is away; never twice, and
// never behind a later one of its sender. It may be late. The server itself drops answers that are
// late, that nobody was asked for or that came already, messages for others and its own, and, with
// a warning, those of an unknown kind.
//
// Publish and Ask send in the order of their calls and don't wait for the other servers, nor
// Publish for the broker; a panic counts as an error. Receive is called for the messages of one
// server in order and one at a time; it doesn't block, and the message belongs to it.
//
// Ask returns the servers that will answer. For each of them Receive gets an answer or BusLeft,
// unless it takes too long. Servers whose names the broker doesn't tell are empty strings, and as
// many answers without From count. An error tells of servers that couldn't be asked; those returned
// were.
//
// Where only the broker knows who will answer, Ask waits for that, until ctx ends; what is
// published meanwhile is sent behind the question.
//
// While the broker is away, methods that need it return an error at once, or nil for what is kept
// and sent later, in order; what is kept is bounded. Servers that can't be reached are told as
// BusLeft, and are Peers again when they can. All goes on by itself. Once it has, one message of
// the kind BusLost tells the server's Observer how many messages weren't sent, and why.
//
// What came and can't be read is handed to Receive as a message of the kind 0 whose Failure says
// why: the server warns, once a minute.
//
// A bus that brings a server only what it needs calls BusServer.Needs in Start. Its function is
// called in order, one call at a time, for each namespace, with an empty room, and when asked for
// rooms also for each that has members; unless asked for ids, too, not for the rooms that are
// sockets' own ids, which have 20 letters, digits, "-" and "_", for clients of revision 3 behind
// the namespace and "#". Needs of a namespace have been told when Of returns, or when a client is
// in it; those of a room soon, and when its middleware has put a client into it before that one is
// connected. The function may return a channel that is closed when what others publish reaches this
// server: so long they wait, for a second at most.
//
// # A bus that keeps events
//
// A bus that is a socketio.EventLog and a socketio.SessionStore keeps every BusEmit without a
// Request, and those of Latest as it likes. Offsets are decimal numbers, joined by "-": 7, or
// 1700000000000-3. They rise in the one order that all servers share. Receive gets the events that
// are kept in that order, whoever sent them, one at a time; nothing of one sender overtakes them.
//
// An event whose Number isn't 0 comes back to its own server too, once and in its place in that
// order, with its Offset: only then does the server deliver it to its clients. From, Namespace,
// Number and Offset are enough. When the broker is away, refuses the event or doesn't answer within
// a second, the event comes back at once without an Offset, in the order of Publish, and doesn't
// come again when it is kept and sent later. After an error of Publish it doesn't come back.
//
// Since returns what is kept of a namespace behind an offset, beginning with the oldest and in that
// order: at least all that any Receive has had before the call, with Offset. Fewer than n are the
// end of the log. It is ErrOffset when the offset is unknown or the next event may have been
// dropped, so what a client missed is never incomplete. Any text may come as an offset.
//
// SaveSession replaces a session of the same PID, and keeps it for the given time, or for a second
// longer. Of all that ask TakeSession at a time, on all servers, one gets it, and nobody later. It
// comes with the same Rooms and Data, in which names and values are of any kind and binary. The
// socket.data of Node's servers has an entry for each of its fields; what is no object is left out.
// The time may be a century. The three methods end with ctx and return an error at once while the
// broker is known to be away.
//
// BusClaim is a question like BusLen; servers that aren't ours need not hear it.
package bustest

import (
	"testing"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// A Cluster is how to make the buses of one test, and how to break them. Where a function is
// missing, tests that need it are skipped with a line.
type Cluster struct {
	// Bus makes the bus of one more server. Those of a Cluster reach each other, but not those of
	// another one.
	Bus func() socketio.Bus
	// Cut takes its connection to the broker from a started bus, as a network that breaks or a
	// process that dies: nobody is told. Heal gives it back.
	Cut, Heal func(socketio.Bus)
	// StopBroker and StartBroker are an end of the broker. Default: all buses are cut and healed.
	StopBroker, StartBroker func()
	// Redeliver makes the broker hand a bus its newest messages once more, as one that delivers at
	// least once. A broker that never does needs none.
	Redeliver func(socketio.Bus)
	// CatchesUp says of buses that keep events that a server which was cut off gets what was kept
	// meanwhile, in its place.
	CatchesUp bool
	// Patience is how long anything may take, also until a server is known to be away or back.
	// Default 45 s.
	Patience time.Duration
}

// Run runs all tests, each on a cluster of its own that start makes. They run in parallel.
func Run(t *testing.T, start func(t testing.TB) Cluster) {
	check := newLeakCheck()
	t.Run("cluster", func(t *testing.T) {
		for _, test := range []struct {
			name string
			run  func(*rig)
		}{
			{"events reach whom they are for", testEvents},
			{"rooms and ends", testRooms},
			{"10,000 messages in order", testOrder},
			{"joins, emits and leaves in order", testKinds},
			{"1 MB and binary", testSizes},
			{"a message comes whole", testWhole},
			{"names of any kind", testNames},
			{"a slow server holds up nobody", testSlow},
			{"sockets of all servers", testFetch},
			{"questions to all clients", testAskAll},
			{"questions to servers", testServerAsk},
			{"many questions at once", testManyQuestions},
			{"namespaces of some servers", testNamespaces},
			{"late answers", testLate},
			{"servers come and go", testPeers},
			{"a server dies while it is asked", testDeath},
			{"a server is cut off while it asks", testCutOff},
			{"a server is cut off and comes back", testPartition},
			{"the broker is away", testBroker},
			{"any server takes a request", testAnyServer},
			{"what is delivered again", testRedelivered},
			{"clients come back to any server", testComeback},
			{"clients come back to a server that has just begun", testFresh},
			{"data and rooms come back", testData},
			{"all servers have one order", testOneOrder},
			{"nothing overtakes an event", testOvertaking},
			{"two servers claim a client", testClaims},
			{"the old socket still lives", testOldSocket},
			{"what was missed is much", testMany},
			{"the time is over", testTooLate},
			{"claims that are garbage", testGarbageClaims},
			{"the log is away", testLogAway},
			{"what is said meanwhile", testMeanwhile},
			{"what is said meanwhile is much", testMeanwhileFull},
			{"a rolling restart", testRollingRestart},
		} {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				c := start(t)
				if c.Patience <= 0 {
					c.Patience = 45 * time.Second
				}
				test.run(&rig{T: t, Cluster: c, check: check})
			})
		}
	})
	t.Run("no goroutine is left", check.run)
}
