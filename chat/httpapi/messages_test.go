package httpapi_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/madang-chat/madang/chat"
)

type posted struct {
	OK        bool   `json:"ok"`
	ID        string `json:"_id"`
	Seq       int64  `json:"seq"`
	Rev       int64  `json:"rev"`
	CreatedAt int64  `json:"createdAt"`
	Dup       bool   `json:"dup"`
	GIF       string `json:"gif"`
	Media     []struct {
		Name        string
		MIME        string `json:"mime"`
		W, H, Bytes int
		Alt, Flash  string
	} `json:"media"`
	Refused []struct {
		Index int
		Error struct{ Code, Message, Limit string }
	} `json:"refused"`
}

func TestPostChat(t *testing.T) {
	s := openPlain(t)
	b := s.browser()
	id := b.open(`{"title":"마당"}`)
	path := "/room/" + id + "/chat"
	b.postJSON(path, `{"chat":"too early","cid":"c0"}`).fails(t, 403, chat.NotMember)
	s.browser().postJSON(path, `{"chat":"no session"}`).fails(t, 403, chat.NotMember)
	b.sit(id)

	a := b.postJSON(path, `{"chat":"안녕하세요","cid":"c1"}`)
	a.wants(t, 200)
	var first, again posted
	a.decode(t, &first)
	if !first.OK || first.ID == "" || first.Seq == 0 || first.Rev == 0 || first.CreatedAt == 0 || first.Dup {
		t.Errorf("reply = %s", a.body)
	}
	b.postJSON(path, `{"chat":"another text","cid":"c1"}`).decode(t, &again)
	if !again.Dup || again.ID != first.ID || again.Seq != first.Seq {
		t.Errorf("the same cid = %+v, first %+v", again, first)
	}
	form := b.postForm(path, "chat=from a form", "cid=c2")
	form.wants(t, 200)
	if form.body != "ok" {
		t.Errorf("the form gets %q", form.body)
	}

	for _, c := range []struct {
		body   string
		status int
		code   chat.Code
	}{
		{`{"chat":""}`, 422, chat.BadMessage},
		{`{"chat":" \u200b "}`, 422, chat.BadMessage},
		{`{}`, 422, chat.BadMessage},
		{`{"chat":null}`, 422, chat.BadMessage},
		{`{"chat":5}`, 400, chat.BadRequest},
		{`{"chat":"` + strings.Repeat("가", 2001) + `"}`, 422, chat.TooLong},
		{`{"chat":"` + strings.Repeat("x", 70<<10) + `"}`, 413, chat.TooLarge},
		{`{"chat":"x","cid":"` + strings.Repeat("c", 65) + `"}`, 400, chat.BadRequest},
	} {
		if a := b.postJSON(path, c.body); a.StatusCode != c.status {
			t.Errorf("%.40s = %d %s", c.body, a.StatusCode, a.body)
		} else {
			a.fails(t, c.status, c.code)
		}
	}
	b.postJSON("/room/nowhere/chat", `{"chat":"x"}`).fails(t, 404, chat.NoSuchRoom)
}

func TestPostChatIsPaced(t *testing.T) {
	s := openPlain(t)
	b := s.browser()
	id := b.open(`{"title":"마당"}`)
	b.sit(id)
	for i := range 100 {
		a := b.postJSON("/room/"+id+"/chat", fmt.Sprintf(`{"chat":"%d"}`, i))
		if a.StatusCode != 200 {
			f := a.fails(t, 429, chat.RateLimited)
			if i < 8 || !f.Error.Retryable || f.Error.RetryAfterMs <= 0 {
				t.Errorf("message %d: %s", i, a.body)
			}
			return
		}
	}
	t.Error("100 messages in a row were accepted")
}

type history struct {
	OK       bool
	Epoch    string
	Rev      int64
	More     bool
	Messages []struct {
		Seq  int64
		Kind string
		Chat string
		CID  string
		Name string
	}
}

func TestMessages(t *testing.T) {
	s := openPlain(t)
	b := s.browser()
	id := b.open(`{"title":"locked","password":"s3cret-pass"}`)
	b.sit(id)
	for i := range 5 {
		b.postJSON("/room/"+id+"/chat", fmt.Sprintf(`{"chat":"text %d","cid":"c%d"}`, i, i)).wants(t, 200)
	}
	path := "/room/" + id + "/messages"
	var all, part history
	b.get(path).decode(t, &all)
	if !all.OK || all.Epoch == "" || all.Rev != 7 || all.More || len(all.Messages) != 7 {
		t.Fatalf("history = %+v", all)
	}
	for i, m := range all.Messages {
		if m.Seq != int64(i+1) {
			t.Errorf("message %d has seq %d", i, m.Seq)
		}
	}
	if last := all.Messages[6]; last.Chat != "text 4" || last.CID != "c4" || last.Name == "" {
		t.Errorf("last = %+v", last)
	}
	b.get(path+"?before=5&limit=2").decode(t, &part)
	if len(part.Messages) != 2 || part.Messages[0].Seq != 3 || part.Messages[1].Seq != 4 || !part.More {
		t.Errorf("before 5: %+v", part)
	}
	part = history{}
	b.get(path+"?after=5&limit=99999999999").decode(t, &part)
	if len(part.Messages) != 2 || part.Messages[0].Seq != 6 || part.More {
		t.Errorf("after 5: %+v", part)
	}
	part = history{}
	b.get(path+"?after=0&limit=2").decode(t, &part)
	if len(part.Messages) != 2 || part.Messages[0].Seq != 1 || !part.More {
		t.Errorf("from the beginning: %+v", part)
	}
	for _, query := range []string{"before=x", "after=-1", "limit=1.5", "before=99999999999999999999"} {
		f := b.get(path+"?"+query).fails(t, 400, chat.BadRequest)
		if !strings.HasPrefix(query, f.Error.Field+"=") {
			t.Errorf("%s: field %q", query, f.Error.Field)
		}
	}

	guest := s.browser()
	guest.get(path).fails(t, 403, chat.WrongPassword)
	guest.postJSON("/room/"+id+"/enter", `{"password":"s3cret-pass"}`).wants(t, 200)
	part = history{}
	guest.get(path).decode(t, &part)
	if len(part.Messages) != 7 || part.Messages[6].CID != "" {
		t.Errorf("a guest reads %+v", part)
	}
}
