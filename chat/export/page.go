package export

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/wire"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

var pageParts = template.Must(template.New("page").Parse(pageHTML))

// pageBegin is what every page begins with. Its policy allows its own style and the images beside
// it, and nothing else: no script, no form, and no request to anybody.
var pageBegin = func() string {
	sum := sha256.Sum256([]byte(pageCSS))
	return `<!doctype html>
<html>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self' file:; style-src 'sha256-` +
		base64.StdEncoding.EncodeToString(sum[:]) + `'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<style>` + pageCSS + `</style>
`
}()

const pageEnd = `</main>
</body>
</html>
`

// head, day and line are what the parts of the page show.
type head struct {
	room
	Ko   bool // is shown first
	Day  day
	Time string
	Zone string
}

type day struct{ Ko, En string }

type line struct {
	message
	Hue    int
	Stamp  string
	Time   string
	System *name // of a line of the server: what it says
}

// writePage adds the page. What is lost meanwhile is missing in it, too: it says so by the words
// for the image.
func (e *export) writePage() error {
	zipped, err := e.create(pageFile)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(zipped)
	zone := cmp.Or(e.reader.Zone, time.UTC)
	now := time.Now().In(zone)
	w.WriteString(pageBegin)
	part := func(name string, data any) error {
		if err := pageParts.ExecuteTemplate(w, name, data); err != nil {
			return fmt.Errorf("write %s: %w", pageFile, err)
		}
		return nil
	}
	if err := part("head", head{room: e.room, Ko: e.reader.Lang != "en", Day: dayOf(now), Time: now.Format("15:04"), Zone: "UTC" + now.Format("-07:00")}); err != nil {
		return err
	}
	var today day
	for m, err := range e.messages() {
		if err != nil {
			return err
		}
		at := m.Created.In(zone)
		if d := dayOf(at); d != today {
			if today != (day{}) {
				w.WriteString("</ol></section>\n")
			}
			today = d
			if err := part("day", d); err != nil {
				return err
			}
		}
		if err := part("message", lineOf(m, at)); err != nil {
			return err
		}
	}
	if today != (day{}) {
		w.WriteString("</ol></section>\n")
	}
	w.WriteString(pageEnd)
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write %s: %w", pageFile, err)
	}
	return nil
}

func lineOf(m chat.Message, at time.Time) line {
	l := line{message: messageOf(m), Hue: m.By.Hue, Stamp: stamp(m.Created), Time: at.Format("15:04")}
	if m.Kind == chat.KindSystem {
		l.System = &name{Ko: wire.ChatOf(m, "ko", "").Chat, En: wire.ChatOf(m, "en", "").Chat}
	}
	return l
}

func dayOf(t time.Time) day {
	return day{Ko: t.Format("2006년 1월 2일"), En: t.Format("January 2, 2006")}
}
