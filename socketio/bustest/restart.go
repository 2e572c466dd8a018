package bustest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// testOvertaking has a handler do much at a time: the client sees it in that order.
func testOvertaking(r *rig) {
	nodes := r.keepers(socketio.RecoveryOptions{}, "a", "b")
	a := nodes[0]
	var v *traveller
	work := func(s *socketio.Socket) error {
		room := a.To("room")
		err := errors.Join(s.Join("room"), s.Emit("1"), room.Emit("2"))
		s.Leave("room")
		err = errors.Join(err, room.Emit("not in it"), s.Volatile().Emit("3"), s.Emit("4"), s.Join("room"), a.Local().Emit("5"), a.Emit("6"))
		if rooms := s.Rooms(); !slices.Contains(rooms, "room") {
			err = errors.Join(err, fmt.Errorf("rooms %q", rooms))
		}
		return err
	}
	a.OnConnect(func(_ context.Context, s *socketio.Socket) error {
		go func() {
			for {
				if _, err := s.Ask(context.Background(), "go"); err != nil {
					return
				}
				r.must(work(s))
				if _, err := s.Ask(context.Background(), "end"); err != nil {
					return
				}
				r.must(work(s))
				s.CloseConnection()
				if s.Connected() {
					r.Error("it is still connected")
				}
			}
		}()
		return nil
	})
	v = a.travel("/")
	v.Expect("go").Reply()
	for range 2 {
		for i := range 6 {
			v.Expect(fmt.Sprint(i + 1))
		}
		if e := v.Client; e.Connected() {
			if next := e.Next(); next.Name == "end" {
				next.Reply()
			} else {
				r.Fatalf("got %s", next)
			}
		}
	}
	v.Reason()
}

// A voyage is what a client of a rolling restart has seen.
type voyage struct {
	*traveller
	seen []string
}

// log takes what has come and how far that is out of one look.
func (v *voyage) log() {
	for _, p := range v.Packets() {
		text, ok := strings.CutPrefix(p, `←2`)
		if !ok {
			text, ok = strings.CutPrefix(p, `← 2`)
		}
		var args []any
		if !ok || json.Unmarshal([]byte(text), &args) != nil || len(args) < 2 {
			continue
		}
		if offset, ok := args[len(args)-1].(string); ok {
			v.offset = offset
		}
		v.seen = append(v.seen, fmt.Sprint(args[:len(args)-1]...))
	}
}

// testRollingRestart replaces server after server while all of them talk. Each client has to have
// all events that were for it, once, and in the order that the others have.
func testRollingRestart(r *rig) {
	nodes := r.keepers(socketio.RecoveryOptions{}, "a", "b", "c")
	r.more.ShutdownBatch = 1
	var mu sync.RWMutex // of nodes: who talks reads
	var clients []*voyage
	for i := range 6 {
		v := &voyage{traveller: nodes[i%3].travel("/")}
		so, _ := v.at.Socket(v.id)
		r.must(so.Join(fmt.Sprint("room ", i%2)))
		clients = append(clients, v)
	}
	r.must(nodes[0].Emit("welcome", -1))
	for _, v := range clients {
		v.Expect("welcome", -1)
	}
	stop := make(chan struct{})
	var sent [2]int // in the rooms
	var talk sync.WaitGroup
	for room := range sent {
		talk.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					sent[room] = i
					return
				default:
				}
				mu.RLock()
				n := nodes[i%len(nodes)]
				err := n.To(fmt.Sprint("room ", room)).Emit("n", room, i)
				mu.RUnlock()
				if err != nil {
					r.Errorf("event %d: %v", i, err)
				}
				time.Sleep(time.Millisecond)
			}
		})
	}
	for i := range 4 {
		next := r.node(fmt.Sprint("new ", i))
		r.settle()
		mu.Lock()
		old := nodes[0]
		nodes = append(nodes[1:], next)
		mu.Unlock()
		r.must(old.Shutdown(r.patience()))
		r.nodes = slices.DeleteFunc(r.nodes, func(n *node) bool { return n == old })
		for k, v := range clients {
			if v.at == old {
				v.Reason()
				v.log()
				if !v.claims(nodes[k%3]) {
					r.Errorf("client %d came back as another one", k)
				}
			}
		}
	}
	close(stop)
	talk.Wait()
	// Each server's own end: only events of one server are surely in the order in which they were
	// sent.
	for _, n := range nodes {
		r.must(n.To("room 0", "room 1").Emit("end", 0))
	}
	var order [2][]string
	for k, v := range clients {
		for range nodes {
			for v.Next().Name != "end" {
			}
		}
		v.log()
		var rooms []string
		for _, e := range v.seen {
			if strings.HasPrefix(e, "n") {
				rooms = append(rooms, e)
			}
		}
		count := sent[k%2]
		if len(rooms) != count {
			r.Errorf("client %d has %d events, want %d", k, len(rooms), count)
		}
		if order[k%2] == nil {
			order[k%2] = rooms
		}
		if !slices.Equal(rooms, order[k%2]) {
			r.Errorf("client %d has another order than client %d", k, k%2)
		}
		all := slices.Clone(rooms)
		slices.Sort(all)
		if len(slices.Compact(all)) != len(rooms) {
			r.Errorf("client %d has events twice", k)
		}
	}
}
