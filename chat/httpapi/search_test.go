package httpapi_test

import (
	"net/url"
	"testing"

	"github.com/madang-chat/madang/chat"
)

func TestF10SearchByHTTP(t *testing.T) {
	s := openPlain(t)
	b := s.browser()
	id := b.open(`{"title":"마당"}`)
	b.get("/room/"+id+"/search?q=x").fails(t, 403, chat.NotMember)
	b.sit(id)
	b.postJSON("/room/"+id+"/chat", `{"chat":"회의실 예약","cid":"c1"}`).wants(t, 200)
	var found struct {
		Hits []struct {
			Message struct {
				Seq  int64
				Chat string
			}
			Ranges [][2]int
		}
		Next int64
	}
	b.get("/room/"+id+"/search?limit=99&q="+url.QueryEscape("ㅎㅇㅅ")).decode(t, &found)
	if len(found.Hits) != 1 || found.Hits[0].Message.Chat != "회의실 예약" || found.Hits[0].Ranges[0] != [2]int{0, 3} || found.Next != 0 {
		t.Errorf("%+v", found)
	}
	for _, query := range []string{"", "?q=%20", "?q=x&before=-1", "?q=x&limit=x", "?q=%ff"} {
		b.get("/room/"+id+"/search"+query).fails(t, 400, chat.BadRequest)
	}
	s.browser().get("/room/"+id+"/search?q=x").fails(t, 403, chat.NotMember)
}
