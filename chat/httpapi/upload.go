package httpapi

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"

	"github.com/madang-chat/madang/chat"
)

const (
	// envelope is what a multipart body may hold besides the image.
	envelope = 64 << 10
	// rawMost is how many bytes a caption may have for each that is kept, and cidMost is more than
	// any cid has. Beyond them nothing is kept in memory: what is too long anyway may come slowly.
	rawMost = 4
	cidMost = 1 << 10
	// partsMost is more than a page sends, and headMost more than what stands in front of a part,
	// which is read into memory as it is: a line of megabytes could come over minutes.
	partsMost = 8
	headMost  = 16 << 10
)

// errHead is what the reader of a form meets where the head of a part should have ended.
var errHead = errors.New("the head of a part is too long")

// postImage sends an image to a room where the visitor has a seat. The body goes to the file as it
// comes; what isn't posted in the end leaves no file.
func (s *site) postImage(w http.ResponseWriter, r *http.Request) (err error) {
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
	most := int64(limits.Upload) + envelope
	if r.ContentLength > most {
		return limits.ImageTooLarge()
	}
	u := upload{files: s.files, captionMost: limits.MessageBytes * rawMost, body: &body{ReadCloser: http.MaxBytesReader(w, r.Body, most), came: leave.Came}}
	r.Body = u.body
	parts, err := r.MultipartReader()
	if err != nil {
		return chat.Fail(chat.BadRequest, "send multipart/form-data")
	}
	if err := u.read(parts); err != nil {
		s.discard(r.Context(), u.image.Name)
		if chat.CodeOf(err) == chat.TooLarge {
			return limits.ImageTooLarge()
		}
		return err
	}
	m, dup, err := leave.Send(r.Context(), chat.Post{CID: u.cid, Text: u.caption}, u.image)
	if err != nil {
		return err
	}
	sent(w, r, m, dup)
	return nil
}

func (s *site) discard(ctx context.Context, name string) {
	if name == "" {
		return
	}
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
	if e := b.came(b.all); e != nil {
		n, err = 0, e
	}
	if err != nil && err != io.EOF {
		b.err = err
	}
	return n, err
}

// upload is what a multipart body brings.
type upload struct {
	files       Files
	body        *body
	captionMost int

	image   chat.Media // Name "" = none yet
	cid     string
	caption string
}

// read reads all parts, in whatever order they come. It may fail with the image stored.
func (u *upload) read(parts *multipart.Reader) error {
	for n := 0; ; n++ {
		u.body.inHead, u.body.left = true, headMost
		next, err := parts.NextPart()
		u.body.inHead = false
		if err == io.EOF {
			break
		}
		bad := err != nil || n == partsMost
		if !bad {
			p := &part{Part: next}
			if err = u.take(p); err == nil {
				io.Copy(io.Discard, p) // else NextPart does, and it may read a head alone
			}
			bad = p.err != nil
		}
		switch {
		case u.body.err != nil: // what failed is the connection, whoever noticed
			return badBody(u.body.err)
		case bad:
			return chat.Fail(chat.BadRequest, "the form can't be read")
		case err != nil:
			return err
		}
	}
	if u.image.Name == "" {
		return &chat.Error{Code: chat.BadRequest, Field: "gif", Message: "there is no image"}
	}
	return nil
}

func (u *upload) take(p *part) (err error) {
	switch p.FormName() {
	case "gif":
		if u.image.Name != "" {
			return &chat.Error{Code: chat.BadRequest, Field: "gif", Message: "one image at a time"}
		}
		u.image, err = u.files.Save(p)
	case "cid":
		u.cid, err = text(p, cidMost)
	case "caption":
		u.caption, err = text(p, u.captionMost)
	}
	return err
}

// text reads a part that is text. Of one that is longer than most, that much is enough to refuse
// it.
func text(part io.Reader, most int) (string, error) {
	b, err := io.ReadAll(io.LimitReader(part, int64(most)+1))
	return string(b), err
}
