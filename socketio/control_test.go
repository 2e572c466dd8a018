package socketio_test

import (
	"strings"
	"testing"

	"github.com/madang-chat/madang/socketio"
)

// A client leaves a namespace: as JSON and as msgpack, of both protocols, with whatever clients of
// other languages add.
func TestLeavingIsNoMistake(t *testing.T) {
	leaves := map[socketio.Parser]map[string]string{
		socketio.ParserJSON: {"plain": `1`, "null": `1null`, "object": `1{"reason":"x"}`, "name": `1/,`},
		socketio.ParserMsgpack: {
			"plain":       packed(t, "82a4", "type", "01a3", "nsp", "a1", "/"),
			"null":        packed(t, "83a4", "type", "01a4", "data", "c0a3", "nsp", "a1", "/"),
			"object":      packed(t, "83a4", "type", "01a4", "data", "81a1", "x", "c40100a3", "nsp", "a1", "/"),
			"without nsp": packed(t, "81a4", "type", "01"),
			"float":       packed(t, "84a4", "type", "cb3ff0000000000000a3", "nsp", "a1", "/", "a2", "id", "ffa7", "options", "80"),
		},
	}
	for parser, forms := range leaves {
		for name, leave := range forms {
			for _, version := range []string{"EIO=4", "EIO=3"} {
				t.Run(name+" "+version, func(t *testing.T) {
					var told ledger
					s := start(t, socketio.Options{Parser: parser, AllowEIO3: true, Logger: told.logger()})
					joined, ends := make(chan bool, 1), make(chan socketio.Reason, 1)
					s.Of("/").OnConnect(func(ctx, socket) error { joined <- true; return nil })
					s.Of("/").OnDisconnect(func(_ socket, why socketio.Reason) { ends <- why })
					w := s.dial(t, version)
					if version == "EIO=4" {
						if parser == socketio.ParserJSON {
							w.send(`0null`)
						} else {
							w.send(packed(t, "83a4", "type", "00a4", "data", "c0a3", "nsp", "a1", "/"))
						}
					}
					receive(t, joined)
					w.next()
					if rest, binary := strings.CutPrefix(leave, "b:"); binary && version == "EIO=3" {
						leave = "b:\x04" + rest // revision 3 has the type in binary too
					}
					w.send(leave)
					if why := receive(t, ends); why != socketio.ReasonClientDisconnect {
						t.Error(why)
					}
					if text := told.String(); text != "" {
						t.Error(text)
					}
				})
			}
		}
	}
}

// What the official server lets pass ends no connection here either.
func TestOddPacketsOfOtherClients(t *testing.T) {
	var told ledger
	s := start(t, socketio.Options{Logger: told.logger()})
	echo(s.Of("/"))
	w := s.client(t)
	w.send(`2`, `25`, `3`, `35`, `39null`, `2/,["echo"]`, `21["echo",1]`)
	w.expect(`31[1]`)
	if text := told.String(); strings.Contains(text, "packet") {
		t.Error(text)
	}
}

// A client of msgpack in another language may leave out an id of 0, so none is asked with it.
func TestMsgpackAsksFromOne(t *testing.T) {
	s := start(t, socketio.Options{Parser: socketio.ParserMsgpack})
	asked := make(chan error, 1)
	s.Of("/").OnConnect(func(_ ctx, so socket) error {
		go func() { _, err := so.Ask(so.Context(), "q"); asked <- err }()
		return nil
	})
	w := s.dial(t)
	w.send(packed(t, "83a4", "type", "00a4", "data", "c0a3", "nsp", "a1", "/"))
	w.next()
	w.expect(packed(t, "84a4", "type", "02a3", "nsp", "a1", "/", "a4", "data", "91a1", "q", "a2", "id", "01"))
	w.send(packed(t, "84a4", "type", "03a4", "data", "90a3", "nsp", "a1", "/", "a2", "id", "01"))
	if err := receive(t, asked); err != nil {
		t.Error(err)
	}
}

// Other languages send whole numbers as floats, also where the packet itself has them.
func TestMsgpackFloatsFitIntegers(t *testing.T) {
	s := start(t, socketio.Options{Parser: socketio.ParserMsgpack})
	socketio.OnCall(s.Of("/"), "add", func(_ ctx, _ socket, v struct{ N uint8 }) (int64, error) { return int64(v.N) + 1, nil })
	w := s.dial(t)
	w.send(packed(t, "83a4", "type", "cb0000000000000000a4", "data", "80a3", "nsp", "a1", "/"))
	w.next()
	w.send(packed(t, "84a4", "type", "cb4000000000000000a2", "id", "ca40e00000a4", "data", "92a3", "add", "81a1", "N", "cb4014000000000000a3", "nsp", "a1", "/"))
	w.expect(packed(t, "84a4", "type", "03a3", "nsp", "a1", "/", "a4", "data", "9106a2", "id", "07"))
}
