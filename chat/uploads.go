package chat

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// Upload is leave to receive the images of one message and to send it. What it takes of the quotas
// is reserved, so that uploads under way can't pass a quota together, until [Upload.Send] tells
// what was kept or [Upload.End] that nothing was: of the quotas of a day all that was declared, of
// the space, which is everybody's, what has come and a little. Its methods are for one goroutine.
type Upload struct {
	house   *House
	who     Visitor
	room    string
	size    int64
	held    int64    // of the space
	done    func()   // gives the place among those at once back
	charges []charge // by size
	settled bool
}

// Upload is asked before the bytes of a message's images are received, each time. size is what is
// declared of them, -1 when nothing is: then there is leave for as much as one image may have. It
// fails as MayPost does, with NoSpace, and with RateLimited when there were too many, whatever
// became of them, too many at once, or too large ones within a day.
func (h *House) Upload(who Visitor, room string, size int64) (*Upload, error) {
	if err := h.MayPost(who, room); err != nil {
		return nil, err
	}
	if size < 0 {
		size = int64(h.limits.Upload)
	}
	size = min(size, h.limits.Uploads())
	done, err := h.uploading.enter(who.From)
	if err != nil {
		return nil, err
	}
	u := &Upload{house: h, who: who, room: room, size: size, done: done}
	if err := u.hold(min(size, ahead), size); err != nil {
		done()
		return nil, err
	}
	charges := append(h.rates.address(&h.rates.addressDay, who.From, float64(size)),
		charge{&h.rates.day, who.ID, float64(size), 1})
	if err := h.rates.take(append([]charge{one(&h.rates.uploads, who.ID)}, charges...)...); err != nil {
		h.space.settle(u.held, 0)
		done()
		return nil, err
	}
	u.charges = charges
	h.underWay.Add(1)
	return u, nil
}

// Came tells how many bytes have come in all. It fails with NoSpace when there is none for them,
// and with Banned when their sender was banned meanwhile.
func (u *Upload) Came(all int64) error {
	if err := u.house.bans.check(u.who); err != nil {
		return err
	}
	switch err := u.house.MayPost(u.who, u.room); CodeOf(err) {
	case Kicked, RoomBanned, ReadOnly:
		return err
	}
	more := min(all+ahead, u.size) - u.held
	if u.settled || all <= u.held || more <= 0 {
		return nil
	}
	return u.hold(more, more)
}

// hold reserves n further bytes where rest further ones would fit.
func (u *Upload) hold(n, rest int64) error {
	if err := u.house.space.hold(n, rest, u.held, u.house.files); err != nil {
		return err
	}
	u.held += n
	return nil
}

// Send posts the images, whose files are stored, to the room that the upload is for; p.Text may be
// a caption. The files are now the House's: they are removed unless this call made a message of
// them.
func (u *Upload) Send(ctx context.Context, p Post, media ...Media) (m Message, dup bool, err error) {
	h := u.house
	var bytes int64
	for _, f := range media {
		bytes += f.Bytes
	}
	defer func() {
		if err != nil || dup {
			for _, f := range media {
				h.removeFile(f.Name)
			}
			u.End()
			return
		}
		u.settle(bytes)
		for _, f := range media {
			h.observer.uploaded(f.Bytes)
		}
	}()
	p.Room = u.room
	r, by, cid, err := h.sending(u.who, p)
	if err != nil {
		return Message{}, false, err
	}
	undo, err := r.pace(by)
	if err != nil {
		return Message{}, false, err
	}
	defer func() {
		if err != nil || dup {
			undo()
		}
	}()
	text := ""
	if strings.TrimSpace(p.Text) != "" {
		if text, err = h.limits.text(p.Text); err != nil {
			return Message{}, false, err
		}
	}
	all, said, err := h.limits.images(media, r.id)
	if err != nil {
		return Message{}, false, err
	}
	if err := u.Came(bytes); err != nil {
		return Message{}, false, err
	}
	if err := h.rates.send(u.who, r.id, len(text)+said); err != nil {
		return Message{}, false, err
	}
	return h.post(ctx, r, Message{CID: cid, Kind: KindMedia, Text: text, Media: all, By: by})
}

// images are those of a message as they are kept, and how many bytes are said of them.
func (l Limits) images(media []Media, room string) (all []Media, said int, err error) {
	if len(media) == 0 || len(media) > l.Pictures {
		return nil, 0, l.TooManyImages()
	}
	all = slices.Clone(media)
	for i := range all {
		f := &all[i]
		if f.Bytes > int64(l.Upload) {
			return nil, 0, l.ImageTooLarge()
		}
		if f.Alt, err = l.alt(f.Alt); err != nil {
			return nil, 0, err
		}
		f.Room = room
		said += len(f.Alt)
	}
	return all, said, nil
}

// End gives back what the upload has reserved. After Send it does nothing.
func (u *Upload) End() { u.settle(0) }

func (u *Upload) settle(kept int64) {
	if u.settled {
		return
	}
	u.settled = true
	u.house.underWay.Add(-1)
	u.done()
	u.house.space.settle(u.held, kept)
	u.house.rates.giveBack(float64(kept), u.charges...)
}

// space is what images may take of the disk.
type space struct {
	total, reserve Bytes // negative = no limit

	mu   sync.Mutex
	kept int64 // guarded by mu; bytes of all images
	held int64 // guarded by mu; reserved by uploads under way
}

// ahead is how much of the space an upload holds beyond what has come: to announce an image takes
// nothing, and who does no more than that must not be in the way of others.
const ahead = 64 << 10

// heldWait is when to ask again for space that others' uploads hold. At a bad line's pace they take
// minutes; any other is over by then.
const heldWait = 30 * time.Second

// hold reserves n bytes for who has own ones already, where rest of them would fit. The refusal is
// worth another try when only what others hold is in the way.
func (s *space) hold(n, rest, own int64, files Files) error {
	free, known := int64(0), false
	if files != nil && s.reserve >= 0 {
		free, known = files.Free()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.total >= 0 && s.kept+s.held+rest > int64(s.total):
		return noSpace("media-total", s.total, s.kept+own+rest <= int64(s.total), "no space for more images")
	case known && free-s.held-rest < int64(s.reserve):
		return noSpace("disk-reserve", s.reserve, free-own-rest >= int64(s.reserve), "the disk is nearly full")
	}
	s.held += n
	return nil
}

func noSpace(limit string, value Bytes, onlyHeld bool, message string) error {
	e := &Error{Code: NoSpace, Message: message, Limit: limit, N: value.mega()}
	if onlyHeld {
		e.Retryable, e.RetryAfter = true, heldWait
	}
	return e
}

// settle makes what was kept of n reserved bytes.
func (s *space) settle(n, kept int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held -= n
	s.kept += kept
}
