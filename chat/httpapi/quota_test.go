package httpapi_test

import (
	"io"
	"strings"
	"testing"

	"github.com/madang-chat/madang/chat"
)

// Images that are refused, for whatever reason, leave no file and take nothing of the day.
func TestD2ImagesOfADay(t *testing.T) {
	s := openLimited(t, chat.Limits{UploadsPerMinute: -1, SendPerSecond: -1, UploadDay: 1500})
	s.server.Start()
	b := s.browser()
	id := b.open(`{"title":"마당"}`)
	b.sit(id)
	gif := picture(t)
	for range 10 {
		b.upload(id, field{name: "gif", file: "a.gif", value: "not an image"}).fails(t, 415, chat.BadType)
		b.upload(id, field{name: "cid", value: "c"}).fails(t, 400, chat.BadRequest)
		b.upload(id, field{name: "gif", file: "a.gif", value: gif}, field{name: "cid", value: "a b"}).fails(t, 400, chat.BadRequest)
	}
	b.upload(id, field{name: "gif", file: "a.gif", value: gif}).wants(t, 200)
	kept := 1
	for {
		a := b.upload(id, field{name: "gif", file: "a.gif", value: gif})
		if a.StatusCode != 200 {
			f := a.fails(t, 429, chat.RateLimited)
			if f.Error.Limit != "upload-day" || f.Error.RetryAfterMs <= 0 {
				t.Errorf("refused with %+v", f.Error)
			}
			break
		}
		kept++
	}
	if most := 1500/len(gif) + 1; kept > most || len(s.storedFiles()) != kept {
		t.Errorf("%d images of %d bytes, %d files", kept, len(gif), len(s.storedFiles()))
	}
	b.postJSON("/room/"+id+"/chat", `{"chat":"글은 돼요"}`).wants(t, 200)
}

func TestD2NoSpaceForImages(t *testing.T) {
	s := openLimited(t, chat.Limits{MediaTotal: 600})
	s.server.Start()
	b := s.browser()
	id := b.open(`{"title":"마당"}`)
	b.sit(id)
	send := func() answer { return b.upload(id, field{name: "gif", file: "a.gif", value: picture(t)}) }
	for {
		a := send()
		if a.StatusCode == 200 {
			continue
		}
		if f := a.fails(t, 507, chat.NoSpace); f.Error.Limit != "media-total" || f.Error.Retryable {
			t.Errorf("refused with %+v", f.Error)
		}
		break
	}
	if len(s.storedFiles()) == 0 {
		t.Error("not even one image has space")
	}
	b.postJSON("/room/"+id+"/chat", `{"chat":"글은 돼요"}`).wants(t, 200)
	a := b.do("DELETE", "/room/"+id, nil)
	a.wants(t, 200)
	id = b.open(`{"title":"새 마당"}`)
	b.sit(id)
	send().wants(t, 200)
}

// Of an image whose space others have taken while it came no more is read; it may come again.
func TestD2NoSpaceHalfway(t *testing.T) {
	s := openLimited(t, chat.Limits{MediaTotal: 350e3, Upload: 320e3})
	s.server.Start()
	b, other := s.browser(), s.browser()
	id := b.open(`{"title":"마당"}`)
	b.sit(id)
	other.visit("/")
	other.sit(id)
	gif := picture(t)
	body, kind := multipartOf(field{name: "gif", file: "a.gif", value: gif[:len(gif)-1] + strings.Repeat("\x00", 300e3)})
	var leave *chat.Upload
	meanwhile := readerFunc(func([]byte) (int, error) {
		var err error
		leave, err = s.house.Upload(chat.Visitor{Identity: other.identity()}, id, 250e3)
		if err == nil {
			err = leave.Came(250e3)
		}
		if err != nil {
			t.Error(err)
		}
		return 0, io.EOF
	})
	f := b.do("POST", "/room/"+id+"/gif", io.MultiReader(io.LimitReader(body, 32<<10), meanwhile, body), kind, "Accept: application/json").
		fails(t, 507, chat.NoSpace)
	if f.Error.Limit != "media-total" || !f.Error.Retryable || f.Error.RetryAfterMs != 30_000 {
		t.Errorf("refused with %+v", f.Error)
	}
	if files := s.storedFiles(); len(files) != 0 {
		t.Errorf("files left: %v", files)
	}
	leave.End()
	b.upload(id, field{name: "gif", file: "a.gif", value: gif}).wants(t, 200)
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
