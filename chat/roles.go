package chat

// Role is what a member is in a room.
type Role int

// Roles, the least first.
const (
	RoleMember Role = iota
	RoleModerator
	RoleOwner
)

var roles = [...]string{RoleMember: "member", RoleModerator: "moderator", RoleOwner: "owner"}

func (r Role) String() string { return roles[r] }

// RoleNamed is the role of that name, RoleMember for a name that is none.
func RoleNamed(name string) Role {
	for r, n := range roles {
		if n == name {
			return Role(r)
		}
	}
	return RoleMember
}

// Act is what not everybody may do in a room.
type Act string

// Acts. Those on a person, or on what a person said, are on somebody of a lower role.
const (
	ActDelete     Act = "delete"     // a message of somebody else, or all of them
	ActRemove     Act = "remove"     // a person, who may come back
	ActBan        Act = "ban"        // a person, who may not
	ActLift       Act = "lift"       // a ban
	ActReports    Act = "reports"    // to see what was reported, and to put it away
	ActWrite      Act = "write"      // while the room is read-only
	ActHurry      Act = "hurry"      // to write without the pauses of the slow mode
	ActSlow       Act = "slow"       // to set it
	ActReadOnly   Act = "read-only"  // to set it
	ActLock       Act = "lock"       // the door
	ActSettings   Act = "settings"   // name, seats, password, list, life
	ActModerators Act = "moderators" // to name them
	ActHandOver   Act = "hand-over"  // the room
	ActExport     Act = "export"     // all that was said in the room
	ActClose      Act = "close"      // the room
)

// rights are the least role that may do each act.
var rights = map[Act]Role{
	ActDelete:     RoleModerator,
	ActRemove:     RoleModerator,
	ActBan:        RoleModerator,
	ActLift:       RoleModerator,
	ActReports:    RoleModerator,
	ActWrite:      RoleModerator,
	ActHurry:      RoleModerator,
	ActSlow:       RoleModerator,
	ActReadOnly:   RoleModerator,
	ActLock:       RoleModerator,
	ActSettings:   RoleOwner,
	ActModerators: RoleOwner,
	ActHandOver:   RoleOwner,
	ActExport:     RoleOwner,
	ActClose:      RoleOwner,
}

// Acts lists every act.
func Acts() []Act {
	return []Act{ActDelete, ActRemove, ActBan, ActLift, ActReports, ActWrite, ActHurry, ActSlow, ActReadOnly, ActLock,
		ActSettings, ActModerators, ActHandOver, ActExport, ActClose}
}

// May tells whether a role is enough for an act that is on nobody.
func (r Role) May(a Act) bool {
	least, ok := rights[a]
	return ok && r >= least
}

// MayTo tells whether it is enough for an act on somebody of the role to: nobody has power over the
// owner, and moderators have none over each other.
func (r Role) MayTo(a Act, to Role) bool { return r.May(a) && to < r }

// needs is the error of somebody whose role isn't enough.
func (r Role) needs(a Act) error {
	if r == RoleMember && rights[a] == RoleModerator {
		return Fail(NotInCharge, "only the owner and the moderators can do that")
	}
	return Fail(NotOwner, "only the owner can do that")
}
