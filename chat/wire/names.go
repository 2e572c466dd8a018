package wire

import "github.com/madang-chat/madang/chat"

// Me is the viewer outside rooms.
type Me struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// NameIdx is for the other language; absent when a nickname is set.
	NameIdx   *int   `json:"nameIdx,omitzero"`
	Generated int    `json:"generated"` // the index of the generated name, to go back to
	Tag       string `json:"tag,omitzero"`
	Hue       int    `json:"hue"`
}

// MeOf shows an identity to itself.
func MeOf(id chat.Identity, lang string) Me {
	me := Me{ID: id.ID, Name: id.Name(lang), Generated: id.NameIdx, Tag: id.Tag, Hue: id.Hue()}
	if id.Nickname == "" {
		me.NameIdx = &id.NameIdx
	}
	return me
}

// Device is one of the viewer's devices.
type Device struct {
	ID      string `json:"id"`
	Label   string `json:"label"` // browser and system, "" = unknown
	This    bool   `json:"this"`  // the one that asks
	Created int64  `json:"createdAt"`
	Seen    int64  `json:"seen"`
}

// DevicesOf shows devices to the one with that id; never nil.
func DevicesOf(devices []chat.Device, this string) []Device {
	return each(devices, func(d chat.Device) Device {
		return Device{ID: d.ID, Label: d.Label, This: d.ID == this, Created: ms(d.Created), Seen: ms(d.Seen)}
	})
}

// Called is how somebody was called at some time.
type Called struct {
	Name    string `json:"name,omitzero"`
	NameIdx *int   `json:"nameIdx,omitzero"`
	Tag     string `json:"tag,omitzero"`
}

func calledOf(c chat.Called, lang string) *Called {
	v := &Called{Tag: c.Tag}
	v.Name, v.NameIdx = called(c, lang)
	return v
}

// full is a name with its tag, for those who have the text alone.
func full(c chat.Called, lang string) string {
	if c.Tag == "" {
		return c.Name(lang)
	}
	return c.Name(lang) + " [" + c.Tag + "]"
}

// Nick is the payload of the event nick.
type Nick struct {
	User     string `json:"user"` // the color of who is called otherwise now
	Nickname string `json:"nickname"`
	ID       string `json:"_id"`
	Room     string `json:"room"`
	Seq      int64  `json:"seq"`
	Rev      int64  `json:"rev"`
	Code     string `json:"code"`
	Chat     string `json:"chat"` // the line as text
	Args     *Args  `json:"args"`
	Member   Member `json:"member"`
	Created  int64  `json:"createdAt"`
}

// NickOf shows EventRenamed in a language, or to everybody with lang "".
func NickOf(e chat.Event, lang string) Nick {
	m := *e.Message
	return Nick{User: m.By.Color, Nickname: m.By.Nickname, ID: m.ID, Room: m.Room, Seq: m.Seq, Rev: m.Rev, Code: m.Code,
		Chat: sentence(m, lang), Args: argsOf(m, lang), Member: MemberOf(m.By, lang), Created: ms(m.Created)}
}
