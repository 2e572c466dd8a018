package httpapi

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"unicode/utf8"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/media"
	"github.com/madang-chat/madang/chat/wire"
)

const (
	// envelope is what a multipart body may hold besides the images.
	envelope = 64 << 10
	// rawMost is how many bytes a caption may have for each that is kept, and cidMost is more than
	// any cid has. Beyond them nothing is kept in memory: what is too long anyway may come slowly.
	rawMost = 4
	cidMost = 1 << 10
	// partsMost is more than a page sends besides images and their words, and headMost more than
	// what stands in front of a part, which is read into memory as it is: a line of megabytes could
	// come over minutes.
	partsMost = 8
	headMost  = 16 << 10
)

// errHead is what the reader of a form meets where the head of a part should have ended.
var errHead = errors.New("the head of a part is too long")

// postImages sends images to a room where the visitor has a seat, as one message. The body goes to
// files as it comes; what isn't posted in the end leaves none. An image that can't be taken doesn't
// keep the others back.
func (s *site) postImages(w http.ResponseWriter, r *http.Request) (err error) {
	defer func() { s.observer.uploadRefused(r, err) }()
	v, err := s.visitor(w, r)
	if err != nil {
		return err
	}
	room := r.PathValue("id")
	leave, err := s.house.Upload(v.Visitor, room, r.ContentLength)
	if err != nil {
		return err
	}
	defer leave.End()
	limits := s.house.Limits()
	most := limits.Uploads() + envelope
	if r.ContentLength < 0 {
		most = int64(limits.Upload) + envelope
	}
	if r.ContentLength > most {
		return limits.ImageTooLarge()
	}
	u := upload{files: s.files, limits: limits, body: &body{ReadCloser: http.MaxBytesReader(w, r.Body, most), came: leave.Came, most: int64(limits.Upload) + envelope}}
	r.Body = u.body
	parts, err := r.MultipartReader()
	if err != nil {
		return chat.Fail(chat.BadRequest, "send multipart/form-data")
	}
	if err := u.read(parts); err != nil {
		for _, f := range u.images {
			s.discard(r.Context(), f.Name)
		}
		return err
	}
	m, dup, err := leave.Send(r.Context(), chat.Post{CID: u.cid, Text: u.caption}, u.images...)
	if err != nil {
		return err
	}
	reply := wire.SentReplyOf(m, dup)
	for _, f := range u.refused {
		reply.Refused = append(reply.Refused, wire.RefusedOf(f.index, f.err, v.lang))
	}
	answerSent(w, r, reply)
	return nil
}

func (s *site) discard(ctx context.Context, name string) {
	if err := s.files.Remove(name); err != nil && s.spare(ctx, &s.warnings, slog.LevelWarn, "warnings") {
		s.log.WarnContext(ctx, "refused image not removed", "file", name, "error", err)
	}
}

// body remembers why it couldn't be read, whatever its readers make of that. So does part: what is
// wrong with a form is its sender's fault.
type body struct {
	io.ReadCloser
	came   func(all int64) error
	all    int64
	most   int64 // grows with each further image
	err    error
	inHead bool
	left   int // bytes that the head may still take
}

type part struct {
	*multipart.Part
	err error
}

func (p *part) Read(b []byte) (int, error) {
	n, err := p.Part.Read(b)
	if err != nil && err != io.EOF {
		p.err = err
	}
	return n, err
}

func (b *body) Read(p []byte) (int, error) {
	if b.inHead {
		if b.left == 0 {
			return 0, errHead
		}
		p = p[:min(b.left, len(p))]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= n
	b.all += int64(n)
	if b.all > b.most {
		n, err = 0, media.ErrTooLarge
	} else if e := b.came(b.all); e != nil {
		n, err = 0, e
	}
	if err != nil && err != io.EOF {
		b.err = err
	}
	return n, err
}

// upload is what a multipart body brings.
type upload struct {
	files  Files
	body   *body
	limits chat.Limits

	came    int // images, those that are refused too
	images  []chat.Media
	from    []int // which of those that came each of images is
	refused []refusal
	alts    []string
	cid     string
	caption string
}

// refusal is an image that can't be taken.
type refusal struct {
	index int
	err   error
}

// read reads all parts, in whatever order they come: the first alt is of the first image, and so
// on. It may fail with images stored.
func (u *upload) read(parts *multipart.Reader) error {
	for n := 0; ; n++ {
		u.body.inHead, u.body.left = true, headMost
		next, err := parts.NextPart()
		u.body.inHead = false
		if err == io.EOF {
			break
		}
		bad := err != nil || n == partsMost+2*u.limits.Pictures
		if !bad {
			p := &part{Part: next}
			if err = u.take(p); err == nil {
				io.Copy(io.Discard, p) // else NextPart does, and it may read a head alone
			}
			bad = p.err != nil
		}
		switch {
		case u.body.err != nil: // what failed is the connection, whoever noticed
			if err = badBody(u.body.err); chat.CodeOf(err) == chat.TooLarge {
				err = u.limits.ImageTooLarge()
			}
			return err
		case bad:
			return chat.Fail(chat.BadRequest, "the form can't be read")
		case err != nil:
			return err
		}
	}
	for i := range u.images {
		if n := u.from[i]; n < len(u.alts) {
			u.images[i].Alt = u.alts[n]
		}
	}
	switch {
	case len(u.images) > 0:
		return nil
	case len(u.refused) > 0:
		return u.refused[0].err
	}
	return u.limits.TooManyImages()
}

func (u *upload) take(p *part) (err error) {
	switch p.FormName() {
	case "gif":
		return u.save(p)
	case "alt":
		if len(u.alts) == u.limits.Pictures {
			return u.limits.TooManyImages()
		}
		alt, err := text(p, u.limits.Alt*utf8.UTFMax*rawMost)
		u.alts = append(u.alts, alt)
		return err
	case "cid":
		u.cid, err = text(p, cidMost)
	case "caption":
		u.caption, err = text(p, u.limits.MessageBytes*rawMost)
	}
	return err
}

// save keeps an image. What is wrong with it concerns no other one.
func (u *upload) save(p *part) error {
	if u.came == u.limits.Pictures {
		return u.limits.TooManyImages()
	}
	if u.came > 0 {
		u.body.most += int64(u.limits.Upload)
	}
	index := u.came
	u.came++
	m, err := u.files.Save(p)
	switch chat.CodeOf(err) {
	case "":
		u.images, u.from = append(u.images, m), append(u.from, index)
		return nil
	case chat.TooLarge:
		err = u.limits.ImageTooLarge()
	case chat.BadType, chat.BadImage:
	default:
		return err
	}
	if p.err == nil { // else the connection has failed
		u.refused = append(u.refused, refusal{index, err})
	}
	return nil
}

// text reads a part that is text. Of one that is longer than most, that much is enough to refuse
// it.
func text(part io.Reader, most int) (string, error) {
	b, err := io.ReadAll(io.LimitReader(part, int64(most)+1))
	return string(b), err
}
