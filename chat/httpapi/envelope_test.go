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

// hand sends the body of a form as it is; the boundary is "x".
func (b *browser) hand(room string, body io.Reader) answer {
	b.s.t.Helper()
	return b.do("POST", "/room/"+room+"/gif", body, "Content-Type: multipart/form-data; boundary=x", "Accept: application/json")
}

// The head of a part is held in memory too: it is read only as far as a head may be long, and of
// parts there are few.
func TestHeadsOfPartsAreBounded(t *testing.T) {
	s := openLimited(t, chat.Limits{UploadsPerMinute: -1})
	s.server.Start()
	b := s.browser()
	id := b.open(`{"title":"마당"}`)
	b.sit(id)
	gif := picture(t)
	part := func(name, more, value string) string {
		return "--x\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n" + more + "\r\n" + value + "\r\n"
	}
	long := strings.Repeat("y", 1<<20)
	for name, body := range map[string]string{
		"a line":             part("gif", "X: "+long+"\r\n", gif),
		"a line of the last": part("gif", "", gif) + part("more", "X: "+long+"\r\n", ""),
		"lines":              part("gif", strings.Repeat("X: y\r\n", 5000), gif),
		"in front of all":    strings.Repeat("y\r\n", 10000) + part("gif", "", gif),
		"parts":              part("gif", "", gif) + strings.Repeat(part("more", "", ""), 16),
	} {
		f := b.hand(id, strings.NewReader(body+"--x--\r\n")).fails(t, 400, chat.BadRequest)
		if f.Error.Message == "" || f.Error.Retryable {
			t.Errorf("%s: %+v", name, f.Error)
		}
		if files := s.storedFiles(); len(files) != 0 {
			t.Errorf("%s: files left: %v", name, files)
		}
	}

	// What a page sends stays, and more of it: a preamble, heads of kilobytes, a part that nobody
	// knows.
	head := "X: " + long[:8<<10] + "\r\n"
	all := "hello\r\n" + part("more", head, long[:40<<10]) + part("gif", head, gif) + strings.Repeat(part("more", head, "z"), 6)
	b.hand(id, strings.NewReader(all+"--x--\r\n")).wants(t, 200)
}
