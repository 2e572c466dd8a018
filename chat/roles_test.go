package chat_test

import (
	"testing"

	"github.com/madang-chat/madang/chat"
)

// What each role may do, and to whom. The table of the rights says the same in another way.
func TestM4RightsOfEachRole(t *testing.T) {
	all := []chat.Role{chat.RoleMember, chat.RoleModerator, chat.RoleOwner}
	of := map[chat.Act]string{ // who may: o(wner), m(oderators), e(verybody)
		chat.ActDelete: "mo", chat.ActRemove: "mo", chat.ActBan: "mo", chat.ActLift: "mo", chat.ActReports: "mo",
		chat.ActWrite: "mo", chat.ActHurry: "mo", chat.ActSlow: "mo", chat.ActReadOnly: "mo", chat.ActLock: "mo",
		chat.ActSettings: "o", chat.ActModerators: "o", chat.ActHandOver: "o", chat.ActExport: "o", chat.ActClose: "o",
	}
	if len(of) != len(chat.Acts()) {
		t.Errorf("%d acts, the table has %d", len(chat.Acts()), len(of))
	}
	for _, act := range chat.Acts() {
		for _, by := range all {
			may := by == chat.RoleOwner || by == chat.RoleModerator && of[act] == "mo"
			if by.May(act) != may {
				t.Errorf("a %s may %s: %v", by, act, !may)
			}
			for _, to := range all {
				below := to == chat.RoleMember || to == chat.RoleModerator && by == chat.RoleOwner
				if by.MayTo(act, to) != (may && below) {
					t.Errorf("a %s may %s a %s: %v", by, act, to, !(may && below))
				}
			}
		}
	}
	if chat.RoleOwner.May("fly") {
		t.Error("an act that is none is allowed")
	}
	for _, r := range all {
		if chat.RoleNamed(r.String()) != r {
			t.Errorf("the role %s has another name", r)
		}
	}
}
