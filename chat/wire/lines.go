package wire

import (
	"strconv"

	"github.com/madang-chat/madang/chat"
)

// Args says whom and what a system line is about.
type Args struct {
	User    string `json:"user"`
	Name    string `json:"name,omitzero"`
	NameIdx *int   `json:"nameIdx,omitzero"`
	Tag     string `json:"tag,omitzero"`
	Title   string `json:"title,omitzero"`
	Actor   *Args  `json:"actor,omitzero"` // one in charge who did it
	N       int    `json:"n,omitzero"`
	Until   int64  `json:"until,omitzero"` // of a ban; absent = for good
	Reason  string `json:"reason,omitzero"`

	Was *Called `json:"was,omitzero"` // of nick: how User was called before
	Now *Called `json:"now,omitzero"` // of nick: and behind it
}

func argsOf(m chat.Message, lang string) *Args {
	a := personOf(m.By, lang)
	a.Title, a.N, a.Reason = m.Title, m.N, m.Reason
	if !m.Until.IsZero() {
		a.Until = ms(m.Until)
	}
	if m.Actor != nil {
		a.Actor = personOf(*m.Actor, lang)
	}
	if m.Code == chat.LineNick {
		a.Was, a.Now = calledOf(m.Was, lang), calledOf(m.Now, lang)
	}
	return a
}

func personOf(m chat.Member, lang string) *Args {
	a := &Args{User: m.Color, Tag: m.Tag}
	a.Name, a.NameIdx = nameOf(m, lang)
	return a
}

// sentence is a system line as text; Korean where there is no language, for clients that know
// nothing but the text.
func sentence(m chat.Message, lang string) string {
	actor := ""
	if m.Actor != nil {
		actor = m.Actor.Name(lang)
	}
	text := Text(lang, "sys."+m.Code, "name", m.By.Name(lang), "title", m.Title, "actor", actor, "n", strconv.Itoa(m.N),
		"old", full(m.Was, lang), "new", full(m.Now, lang))
	if m.Reason != "" {
		text += " (" + m.Reason + ")"
	}
	return text
}

// Line is the payload of the events join and exit.
type Line struct {
	User    string  `json:"user"` // "system"
	Chat    string  `json:"chat"` // the line as text, for clients that know nothing else
	ID      string  `json:"_id"`
	Room    string  `json:"room"`
	Seq     int64   `json:"seq"`
	Rev     int64   `json:"rev"`
	Code    string  `json:"code"`
	Args    *Args   `json:"args"`
	Member  *Member `json:"member,omitzero"` // who has come
	Count   int     `json:"count"`
	Created int64   `json:"createdAt"`
}

// LineOf shows EventJoined and EventLeft in a language, or to everybody with lang "".
func LineOf(e chat.Event, lang string) Line {
	m := *e.Message
	v := Line{User: system, Chat: sentence(m, lang), ID: m.ID, Room: m.Room, Seq: m.Seq, Rev: m.Rev, Code: m.Code,
		Args: argsOf(m, lang), Count: e.Room.Count, Created: ms(m.Created)}
	if e.Kind == chat.EventJoined {
		member := MemberOf(m.By, lang)
		v.Member = &member
	}
	return v
}
