// Package siotest tests what is built with package socketio, in the spirit of net/http/httptest: a
// server and scripted clients in one process, joined by pipes, without a port and without a
// browser.
//
//	func TestChat(t *testing.T) {
//		s := siotest.NewServer(t, socketio.Options{})
//		chat.Register(s.Of("/chat")) // what is to be tested
//
//		kim := siotest.Dial(t, s, "/chat", siotest.Options{Auth: map[string]string{"name": "kim"}})
//		lee := siotest.Dial(t, s, "/chat", siotest.Options{Auth: map[string]string{"name": "lee"}})
//
//		kim.ExpectReply("send", []any{"hi"}, map[string]any{"id": 1}) // asks and compares the ack
//		lee.Expect("posted", map[string]any{"from": "kim", "text": "hi", "at": siotest.Any})
//		kim.ExpectNone(0)
//	}
//
// Server and clients end with the test. Whatever fails ends it with a text that shows what was
// wanted, what came and the last packets.
//
// # A client is a script
//
// Events wait in the client until Next or Expect takes them, in the order of the wire; so a test
// reads like a dialogue, and what nobody asks for disturbs nobody. Emit and Ask send. Two things
// happen by themselves: heartbeats, and what descriptors handle:
//
//	Confirm.On(kim, func(ctx context.Context, what string) (bool, error) { return true, nil })
//	kim.Emit("delete", "everything") // its handler asks back
//
// Without a handler the test answers by hand, with Event.Reply. Descriptors do the rest too, with
// types:
//
//	Posted.Emit(kim, line)
//	receipt, err := Send.Ask(ctx, kim, line)
//	got := siotest.Receive(lee, Posted)
//
// Values are compared as JavaScript sees them. What is wanted and what came are both turned into
// JSON values, with []byte for binary, so a struct equals a map with the same fields, and 1 equals
// 1.0. Any stands for whatever comes. First decodes into a type.
//
// # Refusals
//
// Dial fails the test when the server refuses; TryDial returns a *DialError with the message and
// the data of connect_error, or the status of the HTTP answer. Options hold what a browser would
// send: auth, cookies, Origin, query. Options.Handler puts the middleware or the mux of the program
// between client and server.
//
// # Ends
//
// There are as many ways to go as in life: Disconnect leaves the namespace, Close is a page that is
// left, Drop a network that breaks, Pause a computer that sleeps. Reason waits until the server has
// noticed and its OnDisconnect hooks have run, and says what they were told:
//
//	kim.Drop()
//	if why := kim.Reason(); why != socketio.ReasonTransportClose { … }
//
// # Time
//
// Everything here works in a bubble of testing/synctest, where 45 seconds of silence pass in a
// moment and "nothing came" is certain:
//
//	synctest.Test(t, func(t *testing.T) {
//		s := siotest.NewServer(t, socketio.Options{})
//		c := siotest.Dial(t, s, "/", siotest.Options{Patience: time.Minute})
//		c.Pause()
//		c.Reason() // "ping timeout", after PingInterval + PingTimeout of the bubble's clock
//	})
//
// Options.Patience, 30 s, ends every wait. It must be longer than the time-outs that a test runs
// into, as in this example, where the server takes 45 s: in a bubble equal times are a tie, and
// either may win.
//
// Call Dial and NewServer inside the bubble, with its own t. A server that socketio.New made there
// has to be closed there.
//
// # Limits
//
// Clients speak WebSocket only, of either protocol revision; polling and upgrades belong to the
// tests of the library. A pipe has no buffer: a paused client stops the server's writing after one
// frame, where a network would take some hundred kilobytes first, and its end takes the server up
// to a second longer, for a close frame that nobody reads. A client keeps all of its packets until
// the test ends.
package siotest
