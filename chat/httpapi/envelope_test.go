package httpapi_test

import (
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/httpapi"
)

// weighed tells what is in memory when an image begins to come.
type weighed struct {
	httpapi.Files
	heap *uint64
}

func (w weighed) Save(r io.Reader) (chat.Media, error) {
	*w.heap = heap()
	return w.Files.Save(r)
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// What stands beside an image is held in memory only as far as it may be of use: a caption of
// megabytes could come over minutes.
func TestTextsBesideAnImageAreBounded(t *testing.T) {
	var with uint64
	s := openPlain(t, func(o *httpapi.Options) { o.Files = weighed{o.Files, &with} })
	b := s.browser()
	id := b.open(`{"title":"마당"}`)
	b.sit(id)
	gif := picture(t)
	long := strings.Repeat("x", 4<<20)
	for _, c := range []struct {
		part        string
		status      int
		code        chat.Code
		field, what string
	}{
		{"caption", 422, chat.TooLong, "chat", "message-bytes"},
		{"cid", 400, chat.BadRequest, "cid", ""},
	} {
		body, kind := multipartOf(field{name: c.part, value: long}, field{name: "gif", file: "a.gif", value: gif})
		before := heap()
		f := b.do("POST", "/room/"+id+"/gif", body, kind, "Accept: application/json").fails(t, c.status, c.code)
		if f.Error.Field != c.field || f.Error.Limit != c.what {
			t.Errorf("%s: %+v", c.part, f.Error)
		}
		if more := int64(with) - int64(before); more > 2<<20 {
			t.Errorf("%s: %d bytes in memory", c.part, more)
		}
	}
	if files := s.storedFiles(); len(files) != 0 {
		t.Errorf("files left: %v", files)
	}
}
