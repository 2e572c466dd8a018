package httpapi_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/httpapi"
)

func TestS2CrossSiteRequests(t *testing.T) {
	s := openPlain(t, func(o *httpapi.Options) { o.Origins = []string{"https://friend.example"} })
	b := s.browser()
	id := b.open(`{"title":"마당"}`)
	b.sit(id)
	for _, from := range []string{"Origin: https://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site"} {
		b.postJSON("/room", `{"title":"x"}`, from).fails(t, 403, chat.BadOrigin)
		b.postJSON("/room/"+id+"/chat", `{"chat":"x"}`, from).fails(t, 403, chat.BadOrigin)
		b.postJSON("/lang", `{"lang":"en"}`, from).fails(t, 403, chat.BadOrigin)
		b.do("DELETE", "/room/"+id, nil, from).fails(t, 403, chat.BadOrigin)
		body, kind := multipartOf(field{"gif", "a.gif", picture(t)})
		b.do("POST", "/room/"+id+"/gif", body, kind, from).fails(t, 403, chat.BadOrigin)
		form := b.do("POST", "/room", strings.NewReader("title=x"), "Content-Type: application/x-www-form-urlencoded", from, asBrowser)
		form.wants(t, 403)
		b.visit("/", from, "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document").wants(t, 200) // a link may lead here
	}
	// Who doesn't say where a request comes from does nothing with a session.
	for _, c := range []struct{ method, path, body string }{
		{"POST", "/room", "title=x"}, {"POST", "/room/" + id + "/chat", "chat=x"}, {"POST", "/lang", "lang=en"}, {"DELETE", "/room/" + id, ""},
	} {
		for _, with := range []bool{true, false} {
			headers := "Content-Type: application/x-www-form-urlencoded\r\n"
			if with {
				headers += "Cookie: sid=" + b.cookie("sid") + "\r\n"
			}
			status, _, body := s.raw(fmt.Sprintf("%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%sContent-Length: %d\r\n\r\n%s",
				c.method, c.path, headers, len(c.body), c.body))
			if refused := status == 403 && strings.Contains(body, "BAD_ORIGIN"); refused != with {
				t.Errorf("%s %s with a session %v: %d %s", c.method, c.path, with, status, body)
			}
		}
	}

	var h history
	b.get("/room/"+id+"/messages").decode(t, &h)
	if len(h.Messages) != 2 || s.listed() != 2 || len(s.storedFiles()) != 0 || b.cookie("lang") != "" {
		t.Error("a cross-site request had an effect")
	}
	for _, from := range []string{"Origin: " + s.server.URL, "Origin: https://friend.example", "Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: none"} {
		b.postJSON("/lang", `{"lang":"en"}`, from).wants(t, 200)
	}
}

func TestSocketIsMounted(t *testing.T) {
	none := openPlain(t)
	none.browser().get("/socket.io/?EIO=4").fails(t, 503, chat.Unavailable)
	s := openPlain(t, func(o *httpapi.Options) {
		o.Socket = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, hijacks := w.(http.Hijacker)
			io.WriteString(w, r.Method+" "+r.URL.Path)
			if !hijacks {
				io.WriteString(w, ", wrapped")
			}
		})
	})
	// The socket's door checks origins by itself.
	a := s.browser().do("POST", "/socket.io/", nil, "Origin: https://evil.example")
	a.wants(t, 200)
	if a.body != "POST /socket.io/" {
		t.Errorf("got %q", a.body)
	}
}

func TestS10LogHoldsNoSecrets(t *testing.T) {
	s := openPlain(t)
	b := s.browser()
	id := b.open(`{"title":"a-title-of-ours","password":"s3cret-pass","cid":"c1"}`)
	b.postForm("/room", "title=a-title-of-ours", "password=s3cret-pass")
	guest := s.browser()
	guest.visit("/room/" + id + "?password=s3cret-pass&more=a-query")
	guest.visit("/room/" + id + "?password=s3cret-wrong")
	guest.postJSON("/room/"+id+"/enter", `{"password":"s3cret-wrong"}`)
	guest.postJSON("/room/"+id+"/enter", `{"password":"s3cret-pass"}`)
	guest.sit(id)
	guest.postJSON("/room/"+id+"/chat", `{"chat":"a-message-of-ours"}`).wants(t, 200)
	guest.postJSON("/room/"+id+"/chat", `{"chat":"a-message-of-ours`).wants(t, 400)
	guest.get("/?e=a-query", "Referer: http://a-referrer.example/")

	s.server.Close() // waits for the last line
	log := s.log.String()
	for _, kept := range []string{"s3cret", "a-title", "a-message", "a-query", "a-referrer", "127.0.0.1", guest.cookie("sid"), guest.cookie("grant_" + id)} {
		if kept == "" || strings.Contains(log, kept) {
			t.Errorf("the log holds %q", kept)
		}
	}
	want := `msg=request method=POST path=/room/` + id + `/chat status=400`
	if !strings.Contains(log, want) || strings.Count(log, "msg=request ") != 9 {
		t.Errorf("the log lacks requests: %s", log)
	}
}
