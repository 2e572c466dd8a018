package socketio_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/madang-chat/madang/socketio"
)

// A seat is what a client knows of its session.
type seat struct{ sid, pid, offset string }

// auth is how a client claims its session.
func (k seat) auth() string { return fmt.Sprintf(`{"pid":%q,"offset":%q}`, k.pid, k.offset) }

// enter is a new connection that claims a session.
func (s *server) enter(t *testing.T, nsp string, known seat, auth string) (w *wire, now seat, before []string) {
	t.Helper()
	w = s.dial(t)
	now, before = w.claim(nsp, known, auth)
	return w, now, before
}

// claim joins a namespace with what a client knows; before are the packets ahead of the answer.
func (w *wire) claim(nsp string, known seat, auth string) (now seat, before []string) {
	w.t.Helper()
	head := ""
	if nsp != "/" {
		head = nsp + ","
	}
	if known.pid != "" {
		auth = known.auth()
	}
	w.send("0" + head + auth)
	for {
		p := w.next()
		rest, ok := strings.CutPrefix(p, "0"+head)
		if !ok {
			before = append(before, p)
			if p == closed || strings.HasPrefix(p, "4") {
				return now, before
			}
			continue
		}
		var answer struct{ SID, PID string }
		if err := json.Unmarshal([]byte(rest), &answer); err != nil {
			w.t.Fatal(rest, err)
		}
		return seat{answer.SID, answer.PID, known.offset}, before
	}
}

// offsetOf is the last argument of an event.
func offsetOf(t *testing.T, packet string) string {
	t.Helper()
	var args []any
	if err := json.Unmarshal([]byte(packet[strings.IndexByte(packet, '['):]), &args); err != nil {
		t.Fatal(packet, err)
	}
	offset, ok := args[len(args)-1].(string)
	if !ok {
		t.Fatal("no offset in", packet)
	}
	return offset
}

// texts are the second elements of events.
func texts(t *testing.T, packets []string) (list []string) {
	t.Helper()
	for _, p := range packets {
		if strings.HasPrefix(p, "b:") {
			list = append(list, p)
			continue
		}
		var args []any
		if err := json.Unmarshal([]byte(p[strings.IndexByte(p, '['):]), &args); err != nil {
			t.Fatal(p, err)
		}
		list = append(list, fmt.Sprint(args[1]))
	}
	return list
}

// lost breaks a connection and waits until the server has seen it.
func (s *server) lost(t *testing.T, nsp string, w *wire, id string) {
	t.Helper()
	w.gone()
	eventually(t, "the socket is gone", func() bool { _, ok := s.Of(nsp).Socket(id); return !ok })
}

// recoveryBus makes the buses of the servers that recover clients; nil: they have none.
var recoveryBus func() socketio.Bus

func recovering(o socketio.RecoveryOptions) socketio.Options {
	options := socketio.Options{Recovery: &o}
	if recoveryBus != nil {
		options.Bus = recoveryBus()
	}
	return options
}

// A log does what the memory of one server does.
func TestRecoveryOnALog(t *testing.T) {
	recoveryBus = func() socketio.Bus { return new(socketio.MemoryBus).Node() }
	defer func() { recoveryBus = nil }()
	for name, test := range map[string]func(*testing.T){
		"full": TestFullRecovery, "partial": TestPartialRecovery, "middleware": TestMiddlewareOnRecovery,
		"taken over": TestTakenOver, "claim is taken over": TestClaimIsTakenOver, "many claims": TestManyClaims, "traffic": TestNothingIsLostOrDoubled,
		"handover": TestHandover, "no handover": TestHandlersThatDontHandOver, "many namespaces": TestMissedInManyNamespaces,
		"refused": TestRefusedRecoveryOwesNothing, "memory": TestRecoveryWithinTheMemoryOfAConnection, "seated again": TestSeatedAgainByMiddleware,
		"protocol 4": TestNoRecoveryForProtocol4, "dynamic": TestRecoveryKeepsDynamicNamespaces, "no longer dynamic": TestRecoveryLetsDynamicNamespacesGo,
		"room for namespaces": TestNamespacesOfThoseAwayGiveWay,
	} {
		t.Run(name, test)
	}
}
