package httpapi

import (
	"context"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/export"
	"github.com/madang-chat/madang/chat/wire"
)

// zoneMost is how far a time zone may be from UTC, in minutes.
const zoneMost = 14 * 60

// export lets the owner of a room take it along. It answers `ask` alone whether that's allowed: a
// page learns of a refusal before the browser begins to save a file.
func (s *site) export(w http.ResponseWriter, r *http.Request) error {
	v, err := s.guest(r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	if r.URL.Query().Get("ask") != "" {
		if err := s.house.MayExport(v.Visitor, id); err != nil {
			return err
		}
		writeJSON(w, http.StatusOK, wire.Done)
		return nil
	}
	zone, err := strconv.Atoi(r.URL.Query().Get("zone"))
	if err != nil || zone < -zoneMost || zone > zoneMost {
		zone = 0
	}
	reader := export.Reader{Lang: v.lang, Zone: time.FixedZone("", zone*60)}
	out := &begun{w: w}
	err = s.house.Export(r.Context(), v.Visitor, id, func(ctx context.Context, rooms chat.RoomReader) error {
		room, err := s.house.Room(id)
		if err != nil {
			return err
		}
		h := w.Header()
		h.Set("Content-Type", "application/zip")
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": fileName(room.Title)}))
		h.Set("Cache-Control", "no-store")
		return export.Write(ctx, out, rooms, s.files, id, reader)
	})
	if err != nil && out.yes {
		s.note(r, err)
		panic(http.ErrAbortHandler) // or the browser would keep half a zip as a whole one
	}
	if err != nil {
		w.Header().Del("Content-Disposition")
	}
	return err
}

// begun knows whether a part of an answer is out.
type begun struct {
	w   http.ResponseWriter
	yes bool
}

func (b *begun) Write(p []byte) (int, error) {
	b.yes = true
	return b.w.Write(p)
}

// fileName is a name that every system takes.
func fileName(title string) string {
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || r < ' ' {
			return '_'
		}
		return r
	}, title)
	return strings.Trim(name, " .") + ".zip"
}
