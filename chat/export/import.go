package export

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/madang-chat/madang/chat"
)

// Saver keeps images: it tells by their bytes what they are, and refuses all else.
type Saver interface {
	Save(r io.Reader) (chat.Media, error)
	Remove(name string) error
	Free() (bytes int64, ok bool)
}

// Import is how a zip is read.
type Import struct {
	To     chat.Importer
	Files  Saver
	Limits chat.Limits // zero fields are the defaults
	Terms  chat.Terms
	Listed bool           // in the lobby; else who knows the link finds the room
	Told   func(done int) // messages so far, from time to time; nil = nobody
}

// Imported is the room that was added.
type Imported struct {
	Room     string // its id
	Title    string
	Messages int
	Images   int
	Lost     int // images that the zip doesn't have

	Left Left
}

// Left is what a room can't take along: what is proved to another server, and what it tells nobody.
type Left struct {
	Password   bool      `json:",omitzero"`
	Moderators int       `json:",omitzero"` // besides the owner
	Tags       int       `json:",omitzero"` // people who had one
	DoorLocked bool      `json:",omitzero"` // it was locked: nobody would get in
	Life       chat.Span `json:",omitzero"` // which it had, and can't have here
	History    chat.Span `json:",omitzero"` // by which messages would have gone at once
}

// Read adds the room of a zip, all of it or nothing. The zip may be anybody's: what it says is
// checked as what visitors say, and what it claims of sizes isn't believed.
func (o Import) Read(ctx context.Context, z *zip.Reader) (Imported, error) {
	a, err := openArchive(z)
	if err != nil {
		return Imported{}, err
	}
	doc, err := a.readRoom()
	if err != nil {
		return Imported{}, err
	}
	i := &importing{Import: o, ctx: ctx, now: time.Now(), archive: a, lost: map[string]bool{}, people: map[string]chat.Member{}}
	rec, err := i.record(doc)
	if err != nil {
		return Imported{}, fmt.Errorf("%s: %w", roomFile, err)
	}
	for _, name := range doc.Lost {
		i.lost[name] = true
	}
	i.result.Room, i.result.Title, i.result.Left = rec.ID, rec.Title, left(doc, rec)
	if err := o.To.ImportRoom(ctx, rec, i.messages()); err != nil {
		for _, name := range i.saved {
			err = errors.Join(err, o.Files.Remove(name))
		}
		return Imported{}, err
	}
	return i.result, nil
}

type importing struct {
	Import
	ctx     context.Context
	now     time.Time
	archive *archive
	lost    map[string]bool
	people  map[string]chat.Member // by color
	saved   []string
	last    int64 // seq
	first   int64
	result  Imported
}

// record is the room as it is kept here.
func (i *importing) record(doc room) (chat.RoomRecord, error) {
	rec := chat.RoomRecord{Room: chat.Room{ID: chat.NewRoomID(), Title: doc.Title, Max: doc.Max, Listed: i.Listed,
		Quiet: doc.Quiet, Slow: time.Duration(doc.Slow) * time.Second, Life: chat.Span(doc.Life), History: chat.Span(doc.History)}}
	var err error
	if rec.Created, err = parse(doc.Created); err != nil {
		return rec, err
	}
	if rec.Active, err = parse(doc.Active); err != nil {
		return rec, err
	}
	for _, p := range doc.People {
		c := p.Name.called()
		m := chat.Member{Identity: chat.Identity{ID: chat.NewID(), NameIdx: c.NameIdx, Nickname: c.Nickname}, Color: p.User, Hue: p.Hue, Shape: p.Shape}
		if p.Owner || rec.OwnerID == "" {
			rec.OwnerID = m.ID
		}
		rec.Members = append(rec.Members, m)
	}
	if err := i.Limits.ImportedRoom(&rec, i.Terms, i.oldest(), i.now); err != nil {
		return rec, err
	}
	for _, m := range rec.Members {
		i.people[m.Color] = m
	}
	return rec, nil
}

// oldest is when the first message was sent, or now where that can't be told: then it is refused
// later.
func (i *importing) oldest() time.Time {
	for _, m := range i.archive.lines() {
		if t, err := parse(m.Time); err == nil {
			return t
		}
		break
	}
	return i.now
}

// left is what the room of doc, which became rec, has left behind.
func left(doc room, rec chat.RoomRecord) Left {
	l := Left{Password: doc.Locked, DoorLocked: doc.DoorLocked}
	for _, p := range doc.People {
		if p.Moderator && !p.Owner {
			l.Moderators++
		}
		if p.Tag != "" {
			l.Tags++
		}
	}
	if life := chat.Span(doc.Life); life != "" && life != rec.Life {
		l.Life = life
	}
	if history := chat.Span(doc.History); history != "" && history != rec.History {
		l.History = history
	}
	return l
}

// toldEvery is how many messages are read between two calls of Told.
const toldEvery = 1000

// messages yields them as they are read, with their images, and an error as the last.
func (i *importing) messages() iter.Seq2[chat.Message, error] {
	return func(yield func(chat.Message, error) bool) {
		for n, text := range i.archive.lines() {
			m, err := i.message(text)
			if err == nil {
				err = i.ctx.Err()
			}
			if err != nil {
				yield(chat.Message{}, fmt.Errorf("%s, line %d: %w", messagesFile, n, err))
				return
			}
			i.result.Messages++
			if !yield(m, nil) {
				return
			}
			if i.Told != nil && n%toldEvery == 0 {
				i.Told(n)
			}
		}
		if err := i.archive.end(); err != nil {
			yield(chat.Message{}, err)
		}
	}
}

// gapMost is how many seqs may be missing: of messages that a restored backup has lost.
const gapMost = 10_000

func (i *importing) message(v message) (m chat.Message, err error) {
	if i.first == 0 {
		i.first, i.last = v.Seq, v.Seq-1
	}
	switch {
	case v.Seq < 1 || v.Seq > 1<<40 || v.Seq <= i.last:
		return m, fmt.Errorf("the seq %d doesn't follow %d", v.Seq, i.last)
	case v.Seq-i.first > int64(i.result.Messages)+gapMost:
		return m, errors.New("too many messages are missing before this one")
	}
	i.last = v.Seq
	by, ok := i.people[v.User]
	if !ok {
		return m, fmt.Errorf("nobody of the room has the color %.20q", v.User)
	}
	m = chat.Message{ID: chat.NewID(), Seq: v.Seq, CID: fmt.Sprint("import:", v.Seq), Kind: chat.Kind(v.Kind), Text: v.Text,
		Deleted: chat.Deletion(v.Gone), Code: v.Code, Title: v.Title, N: v.N, Reason: v.Reason, By: by}
	if m.Created, err = parse(v.Time); err != nil {
		return m, err
	}
	if v.Until != "" {
		if m.Until, err = parse(v.Until); err != nil {
			return m, err
		}
	}
	if v.Actor != "" {
		actor, ok := i.people[v.Actor]
		if !ok {
			return m, fmt.Errorf("nobody of the room has the color %.20q", v.Actor)
		}
		m.Actor = &actor
	}
	if v.Was != nil {
		m.Was = v.Was.called()
	}
	if v.Now != nil {
		m.Now = v.Now.called()
	}
	// Nothing is kept of the images of what is refused.
	m.Media = make([]chat.Media, len(v.Media))
	for k, f := range v.Media {
		m.Media[k].Alt = f.Alt
	}
	if err := i.Limits.Imported(&m, i.now); err != nil {
		return m, err
	}
	return m, i.images(&m, v.Media)
}

// images keeps those of a message. What is left of a message whose images are all lost, and that
// says nothing else, is that it was there.
func (i *importing) images(m *chat.Message, all []image) error {
	kept := m.Media[:0]
	for k, v := range all {
		alt := m.Media[k].Alt
		f, err := i.image(v.File)
		if err != nil {
			return fmt.Errorf("the image %.60q: %w", v.File, err)
		}
		if f.Name != "" {
			f.Alt = alt
			kept = append(kept, f)
		}
	}
	if m.Media = kept; len(kept) > 0 || len(all) == 0 {
		return nil
	}
	m.Media, m.Kind = nil, chat.KindText
	if m.Text == "" {
		m.Deleted = chat.DeletedInCharge
	}
	return nil
}

// image keeps an image, and returns none when the export had lost it.
func (i *importing) image(name string) (chat.Media, error) {
	file, ok := i.archive.takeImage(name)
	if !ok && i.lost[name] {
		i.result.Lost++
		return chat.Media{}, nil
	}
	if !ok {
		return chat.Media{}, errors.New("it isn't in the zip, or twice in the messages")
	}
	if free, ok := i.Files.Free(); ok && i.reserve() >= 0 && free < i.reserve() {
		return chat.Media{}, fmt.Errorf("the disk has %d MB left", free/1e6)
	}
	r, err := file.Open()
	if err != nil {
		return chat.Media{}, err
	}
	defer r.Close()
	f, err := i.Files.Save(reader{i.ctx, r})
	if err != nil {
		return chat.Media{}, err
	}
	i.saved = append(i.saved, f.Name)
	i.result.Images++
	return f, nil
}

// reserve is how much of the disk stays free.
func (i *importing) reserve() int64 { return int64(i.Limits.DiskReserve) }

func parse(text string) (time.Time, error) {
	t, err := time.Parse(stampForm, text)
	if err != nil {
		return t, fmt.Errorf("%.40q is no time such as %s", text, stampForm)
	}
	return t, nil
}
