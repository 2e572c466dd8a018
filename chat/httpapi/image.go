package httpapi

import (
	"errors"
	"io/fs"
	"net/http"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/cookie"
)

// image serves an image to those who may read its room; to others it doesn't exist.
func (s *site) image(w http.ResponseWriter, r *http.Request) error {
	v, err := s.guest(r)
	if err != nil {
		return err
	}
	m, err := s.house.Media(r.Context(), r.PathValue("name"))
	if err != nil {
		return err
	}
	if err := s.house.Allowed(r.Context(), v.Visitor, m.Room, cookie.Grant(r, m.Room)); err != nil {
		return chat.Fail(chat.NotFound, "no such file")
	}
	f, err := s.files.Open(m.Name)
	if errors.Is(err, fs.ErrNotExist) { // the room may have been closed this moment
		return &chat.Error{Code: chat.NotFound, Message: "no such file", Err: err}
	}
	if err != nil {
		return err
	}
	defer f.Close()
	h := w.Header()
	h.Set("Content-Type", m.MIME)
	// The name is ours: hex digits and an extension.
	h.Set("Content-Disposition", `inline; filename="`+m.Name+`"`)
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	// Private: a shared cache would hand it to visitors without a grant.
	h.Set("Cache-Control", "private, max-age=31536000, immutable")
	h.Set("ETag", `"`+m.Name+`"`)
	serveContent(w, r, f)
	return nil
}
