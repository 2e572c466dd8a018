// Package storetest is the suite that every chat.Store passes.
package storetest

import (
	"testing"

	"github.com/madang-chat/madang/chat"
)

// Run runs the suite. open makes the data of one test: each call within the same t opens the same
// data again, which is empty at first. full lets the disk of a store have room for so many pages,
// of some kilobytes, beyond what the store has taken already; negative is without end.
func Run(t *testing.T, open func(t *testing.T) chat.Store, full func(s chat.Store, pages int) error) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *kit)
	}{
		{"sessions", sessions},
		{"tokens are replaced", tokens},
		{"removing sessions", removeSessions},
		{"names", names},
		{"devices", devices},
		{"memberships", memberships},
		{"rooms", rooms},
		{"a room is made once per cid", roomOnce},
		{"a slug is one room's", slugs},
		{"removing a room leaves nothing", removeRoom},
		{"seq and rev have no gaps", gapless},
		{"concurrent appends", concurrent},
		{"the same cid makes one message", sendOnce},
		{"the same cid at the same time", sendOnceAtOnce},
		{"an entry that fails leaves nothing", failed},
		{"a full disk", fullDisk},
		{"a disk that is full at any write", fullLife},
		{"seats", seats},
		{"media", media},
		{"messages are deleted", deletions},
		{"roles", roles},
		{"bans from rooms", roomBans},
		{"reports", reports},
		{"media are summed up by room", mediaBytes},
		{"messages are counted", said},
		{"what was said last", last},
		{"rooms are changed", changeRoom},
		{"bans", bans},
		{"paging", paging},
		{"changes", changes},
		{"messages are searched", searching},
		{"rooms are imported", imports},
		{"old messages are forgotten", forget},
		{"whom something names isn't forgotten", forgetNamed},
		{"a room is passed on", passOn},
		{"a pause doesn't count", resume},
		{"reopening keeps all", reopen},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := &kit{T: t, open: open, full: full}
			k.Store = open(t)
			t.Cleanup(func() {
				if err := k.Store.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
			c.test(t, k)
		})
	}
}
