package chat

import (
	"context"
	"strings"
	"sync"
)

// Upload is leave to receive and to send one image. What it takes of the quotas is reserved, so
// that uploads under way can't pass a quota together, until [Upload.Send] tells what was kept or
// [Upload.End] that nothing was. Its methods are for one goroutine.
type Upload struct {
	house   *House
	who     Visitor
	room    string
	size    int64
	done    func()   // gives the place among those at once back
	charges []charge // by size
	settled bool
}

// Upload is asked before the bytes of an image are received, each time. size is what is declared of
// them, -1 when nothing is. It fails as MayPost does, with NoSpace, and with RateLimited when there
// were too many, whatever became of them, too many at once, or too large ones within a day.
func (h *House) Upload(who Visitor, room string, size int64) (*Upload, error) {
	if err := h.MayPost(who, room); err != nil {
		return nil, err
	}
	if most := int64(h.limits.Upload); size < 0 || size > most {
		size = most
	}
	done, err := h.uploading.enter(who.From)
	if err != nil {
		return nil, err
	}
	if err := h.space.hold(size, h.files); err != nil {
		done()
		return nil, err
	}
	charges := append(h.rates.address(&h.rates.addressDay, who.From, float64(size)),
		charge{&h.rates.day, who.ID, float64(size), 1})
	if err := h.rates.take(append([]charge{one(&h.rates.uploads, who.ID)}, charges...)...); err != nil {
		h.space.settle(size, 0)
		done()
		return nil, err
	}
	return &Upload{house: h, who: who, room: room, size: size, done: done, charges: charges}, nil
}

// Send posts the image, whose file is stored, to the room that the upload is for; p.Text may be a
// caption. The file is now the House's: it is removed unless this call made a message of it.
func (u *Upload) Send(ctx context.Context, p Post, media Media) (m Message, dup bool, err error) {
	h := u.house
	defer func() {
		if err != nil || dup {
			h.removeFile(media.Name)
			u.End()
		} else {
			u.settle(media.Bytes)
		}
	}()
	p.Room = u.room
	r, by, cid, err := h.sending(u.who, p)
	if err != nil {
		return Message{}, false, err
	}
	text := ""
	if strings.TrimSpace(p.Text) != "" {
		if text, err = h.limits.text(p.Text); err != nil {
			return Message{}, false, err
		}
	}
	if media.Bytes > int64(h.limits.Upload) {
		return Message{}, false, h.limits.ImageTooLarge()
	}
	if err := h.rates.send(u.who, r.id, len(text)); err != nil {
		return Message{}, false, err
	}
	media.Room = r.id
	return h.post(ctx, r, Message{CID: cid, Kind: KindMedia, Text: text, Media: &media, By: by})
}

// End gives back what the upload has reserved. After Send it does nothing.
func (u *Upload) End() { u.settle(0) }

func (u *Upload) settle(kept int64) {
	if u.settled {
		return
	}
	u.settled = true
	u.done()
	u.house.space.settle(u.size, kept)
	u.house.rates.giveBack(float64(kept), u.charges...)
}

// space is what images may take of the disk.
type space struct {
	total, reserve Bytes // negative = no limit

	mu   sync.Mutex
	kept int64 // guarded by mu; bytes of all images
	held int64 // guarded by mu; reserved by uploads under way
}

// hold reserves n bytes.
func (s *space) hold(n int64, files Files) error {
	free, known := int64(0), false
	if files != nil && s.reserve >= 0 {
		free, known = files.Free()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.total >= 0 && s.kept+s.held+n > int64(s.total):
		return met(NoSpace, "media-total", s.total.mega(), "no space for more images")
	case known && free-s.held-n < int64(s.reserve):
		return met(NoSpace, "disk-reserve", s.reserve.mega(), "the disk is nearly full")
	}
	s.held += n
	return nil
}

// settle makes what was kept of n reserved bytes.
func (s *space) settle(n, kept int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held -= n
	s.kept += kept
}
