package adapter

import (
	"testing"
	"time"
)

func TestNodesAreForgotten(t *testing.T) {
	var n Nodes
	now := time.Now()
	n.Heard("/", "a", TypeEmit, now) // only heartbeats make it known
	n.Heard("/", "b", TypeBeat, now)
	n.Heard("/", "c", TypeHello, now.Add(time.Second))
	n.Heard("/x", "d", TypeHello, now)
	n.Heard("/x", "d", TypeEmit, now.Add(2*time.Second))
	if got := len(n.In("/")); got != 2 {
		t.Errorf("%d are in /", got)
	}
	if gone := n.Silent(now.Add(time.Millisecond)); len(gone) != 1 || gone[0] != "b" {
		t.Error(gone)
	}
	if n.Left("/", "b") || !n.Left("/", "c") || len(n.In("/")) != 0 || len(n.Namespaces()) != 1 {
		t.Error("c has left")
	}
	if gone := n.Forget("/x"); len(gone) != 1 || gone[0] != "d" || len(n.Namespaces()) != 0 {
		t.Error(gone)
	}
}
