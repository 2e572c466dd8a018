package wire

import (
	"time"

	"github.com/madang-chat/madang/chat"
)

// BanTime is how long a ban lasts that is asked for as hour, day or good; 0 = for good.
func BanTime(name string) (time.Duration, error) {
	switch name {
	case "hour":
		return time.Hour, nil
	case "day":
		return 24 * time.Hour, nil
	case "good":
		return 0, nil
	}
	return 0, &chat.Error{Code: chat.BadRequest, Field: "for", Message: "a ban lasts for an hour, a day, or for good"}
}

// Gone is the payload of the event remove: what is left of a message that was deleted.
type Gone struct {
	ID      string `json:"_id"`
	Room    string `json:"room"`
	Seq     int64  `json:"seq"`
	Rev     int64  `json:"rev"`
	Deleted string `json:"deleted"`
}

// GoneOf shows EventDeleted.
func GoneOf(m chat.Message) Gone {
	return Gone{ID: m.ID, Room: m.Room, Seq: m.Seq, Rev: m.Rev, Deleted: string(m.Deleted)}
}

// Out is the payload of the event kicked: why somebody has to leave a room.
type Out struct {
	Room  string `json:"room"`
	Error Error  `json:"error"`
}

// OutOf shows EventOut in a language.
func OutOf(e chat.Event, lang string) Out {
	return Out{Room: e.Room.ID, Error: ErrorOf(e.Why, lang, "").Error}
}

// BansReply answers with who is banned from a room.
type BansReply struct {
	OK   bool     `json:"ok"`
	Bans []Banned `json:"bans"`
}

// Banned is somebody who is banned from a room, for those in charge.
type Banned struct {
	Member  Member `json:"member"`
	Until   int64  `json:"until,omitzero"` // absent = for good
	Reason  string `json:"reason,omitzero"`
	Address bool   `json:"address"` // newcomers from the same networks too
	By      *Args  `json:"by,omitzero"`
	Created int64  `json:"createdAt"`
}

// BansReplyOf answers in a language.
func BansReplyOf(bans []chat.BannedMember, lang string) BansReply {
	return BansReply{OK: true, Bans: each(bans, func(b chat.BannedMember) Banned {
		v := Banned{Member: MemberOf(b.Member, lang), Reason: b.Reason, Address: b.Address, Created: ms(b.Created)}
		if !b.Until.IsZero() {
			v.Until = ms(b.Until)
		}
		if b.Actor != nil {
			v.By = personOf(*b.Actor, lang)
		}
		return v
	})}
}

// ReportsReply answers with what was reported in a room.
type ReportsReply struct {
	OK      bool       `json:"ok"`
	Reports []Reported `json:"reports"`
}

// Reported is a message or a person that was reported, for those in charge.
type Reported struct {
	About   Member   `json:"about"`
	Message *Chat    `json:"message,omitzero"` // absent: the person was
	Count   int      `json:"count"`            // people who did
	Reasons []string `json:"reasons"`
	Last    int64    `json:"last"`
}

// ReportsReplyOf answers in a language.
func ReportsReplyOf(all []chat.Reported, lang string) ReportsReply {
	return ReportsReply{OK: true, Reports: each(all, func(r chat.Reported) Reported {
		v := Reported{About: MemberOf(r.About, lang), Count: r.Count, Reasons: r.Reasons, Last: ms(r.Last)}
		if v.Reasons == nil {
			v.Reasons = []string{}
		}
		if r.Message != nil {
			m := ChatOf(*r.Message, lang, "")
			v.Message = &m
		}
		return v
	})}
}

// ReportsChanged is the payload of the event reports, to those in charge.
type ReportsChanged struct {
	Room string `json:"room"`
}
