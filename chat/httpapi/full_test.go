package httpapi_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/httpapi"
)

// fullStore is a store whose disk may be full.
type fullStore struct {
	chat.Store
	full atomic.Bool
}

func (s *fullStore) Write(context.Context) error {
	if s.full.Load() {
		return errors.New("database or disk is full (13)")
	}
	return nil
}

func (s *fullStore) Append(ctx context.Context, e chat.Entry, committed func(chat.Message)) (chat.Message, bool, error) {
	if err := s.Write(ctx); err != nil {
		return chat.Message{}, false, err
	}
	return s.Store.Append(ctx, e, committed)
}

func (s *fullStore) AddRoom(ctx context.Context, r chat.RoomRecord, cid string, first chat.Message) (string, error) {
	if err := s.Write(ctx); err != nil {
		return "", err
	}
	return s.Store.AddRoom(ctx, r, cid, first)
}

func (s *fullStore) AddSession(ctx context.Context, n chat.Session) error {
	if err := s.Write(ctx); err != nil {
		return err
	}
	return s.Store.AddSession(ctx, n)
}

func (s *fullStore) TouchSessions(ctx context.Context, seen []chat.Seen) error {
	if err := s.Write(ctx); err != nil {
		return err
	}
	return s.Store.TouchSessions(ctx, seen)
}

// While the disk is full what would be kept is refused, what is kept can be read, the server says
// that it isn't ready, and all of it ends by itself.
func TestR13FullDisk(t *testing.T) {
	store := &fullStore{}
	s := openOn(t, chat.Limits{SendPerSecond: -1, AddressSendsPerSecond: -1}, func(real chat.Store) chat.Store { store.Store = real; return store },
		func(o *httpapi.Options) { o.Ready = store.Write })
	s.server.Start()
	b := s.browser()
	id := b.open(`{"title":"마당"}`)
	b.sit(id)
	b.postJSON("/room/"+id+"/chat", `{"chat":"하나","cid":"c1"}`).wants(t, 200)
	b.get("/readyz").wants(t, 200)

	store.full.Store(true)
	time.Sleep(1100 * time.Millisecond)
	b.get("/readyz").fails(t, 503, chat.Unavailable)
	b.get("/healthz").wants(t, 200)
	for range 30 {
		f := b.postJSON("/room/"+id+"/chat", `{"chat":"둘","cid":"c2"}`).fails(t, 503, chat.Unavailable)
		if !f.Error.Retryable {
			t.Errorf("error %+v", f.Error)
		}
	}
	b.postJSON("/room", `{"title":"x"}`).fails(t, 503, chat.Unavailable)
	a := s.browser().visit("/")
	a.wants(t, 503)
	if e := a.data(t).Error; e == nil || e.Code != "UNAVAILABLE" || e.Message == "" {
		t.Errorf("a new visitor is told %+v", e)
	}
	b.visit("/room/"+id).wants(t, 200)
	b.visit("/").wants(t, 200)
	var h history
	b.get("/room/"+id+"/messages").decode(t, &h)
	if n := len(h.Messages); n != 3 {
		t.Errorf("%d messages", n)
	}
	if n := s.log.lines("level=WARN"); n < 2 || n > 12 {
		t.Errorf("%d warnings: %s", n, s.log)
	}

	store.full.Store(false)
	time.Sleep(1100 * time.Millisecond)
	b.get("/readyz").wants(t, 200)
	b.postJSON("/room/"+id+"/chat", `{"chat":"둘","cid":"c2"}`).wants(t, 200)
	b.get("/room/"+id+"/messages").decode(t, &h)
	if n := len(h.Messages); n != 4 {
		t.Errorf("%d messages", n)
	}
	if n := s.log.lines("level=ERROR"); n != 0 {
		t.Errorf("errors: %s", s.log)
	}
}

// scarceFiles opens no file while there are no descriptors.
type scarceFiles struct {
	httpapi.Files
	out *atomic.Bool
}

func (f *scarceFiles) Open(name string) (*os.File, error) {
	if f.out.Load() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EMFILE}
	}
	return f.Files.Open(name)
}

// Out of descriptors is said as something to wait for, and is no error of ours.
func TestOutOfDescriptors(t *testing.T) {
	var out atomic.Bool
	s := openPlain(t, func(o *httpapi.Options) { o.Files = &scarceFiles{Files: o.Files, out: &out} })
	b := s.browser()
	id := b.open(`{"title":"마당"}`)
	b.sit(id)
	var p posted
	b.upload(id, field{"gif", "a.gif", picture(t)}).decode(t, &p)
	out.Store(true)
	for range 30 {
		b.get("/gif/"+p.GIF).fails(t, 503, chat.Unavailable)
	}
	if s.log.lines("level=ERROR") != 0 || s.log.lines("level=WARN") > 10 || s.log.lines(syscall.EMFILE.Error()) == 0 {
		t.Errorf("the log: %s", s.log)
	}
	out.Store(false)
	b.get("/gif/"+p.GIF).wants(t, 200)
}
