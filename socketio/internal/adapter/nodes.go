package adapter

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// NodeTimeout is how long a server of Node may say nothing until it is taken for gone: theirs take
// ours for gone then, too.
const NodeTimeout = 10 * time.Second

// Nodes are the servers of Node that are there, which say so in each namespace. The zero value is
// empty, and any goroutine may call the methods.
type Nodes struct {
	mu   sync.Mutex
	list map[string]map[string]time.Time // by namespace and uid: when one was heard; guarded by mu
}

// Heard notes that one said something. Only heartbeats make one known.
func (n *Nodes) Heard(nsp, uid string, t Type, now time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	_, known := n.list[nsp][uid]
	if !known && t != TypeHello && t != TypeBeat {
		return
	}
	if n.list == nil {
		n.list = make(map[string]map[string]time.Time)
	}
	if n.list[nsp] == nil {
		n.list[nsp] = make(map[string]time.Time)
	}
	n.list[nsp][uid] = now
}

// Left notes that one has said goodbye. It reports whether it was known.
func (n *Nodes) Left(nsp, uid string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	_, known := n.list[nsp][uid]
	n.drop(nsp, uid)
	return known
}

// drop needs mu.
func (n *Nodes) drop(nsp, uid string) {
	if delete(n.list[nsp], uid); len(n.list[nsp]) == 0 {
		delete(n.list, nsp)
	}
}

// Silent drops those that weren't heard since a time, and returns their uids.
func (n *Nodes) Silent(since time.Time) (uids []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for nsp, list := range n.list {
		for uid, heard := range list {
			if heard.Before(since) {
				uids = append(uids, uid)
				n.drop(nsp, uid)
			}
		}
	}
	return uids
}

// Forget drops those of a namespace, and returns their uids.
func (n *Nodes) Forget(nsp string) (uids []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	uids = slices.Collect(maps.Keys(n.list[nsp]))
	delete(n.list, nsp)
	return uids
}

// In are the uids of a namespace.
func (n *Nodes) In(nsp string) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Collect(maps.Keys(n.list[nsp]))
}

// Namespaces are those in which one is.
func (n *Nodes) Namespaces() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Collect(maps.Keys(n.list))
}
