package news

import (
	"regexp"
	"testing"

	"github.com/madang-chat/madang/examples/internal/trial"
	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// TestPages reads the news over polling with its upgrade, WebSocket alone and polling alone.
func TestPages(t *testing.T) {
	p := trial.Start(t, "news")
	trial.Browser(t, p.URL)
	p.Saw(t, "Hello Node.JS\n")
	came := p.Match(t, `(?s)(새로운 클라이언트 접속! .*){4}`)[0]
	for _, who := range regexp.MustCompile(`(?m)^새로운 클라이언트 접속! (\S+ \S{20})$`).FindAllStringSubmatch(came, -1) {
		p.Saw(t, "클라이언트 접속 해제 "+who[1]+"\n")
	}
	p.RefusesForeign(t)
	p.Stop(t)
}
