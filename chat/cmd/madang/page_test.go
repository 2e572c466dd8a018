package main

import (
	"compress/gzip"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/madang-chat/madang/chat/backup"
	"github.com/madang-chat/madang/chat/sqlite/sqlitetest"
	"github.com/madang-chat/madang/chat/web"
	"github.com/madang-chat/madang/internal/nodetest"
)

// serve runs the program within the test, with limits such as "send-burst=1000".
func serve(t *testing.T, limits ...string) (url string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	sqlitetest.Prepare(t, filepath.Join(dir, backup.Database))
	args := []string{"serve", "--listen=localhost:0", "--data=" + dir}
	for _, l := range limits {
		args = append(args, "--limit="+l)
	}
	ctx, end := context.WithCancel(context.Background())
	out, log := newOutput(), newOutput()
	code := make(chan int, 1)
	go func() { code <- run(ctx, args, out, log) }()
	t.Cleanup(func() {
		end()
		if c := <-code; c != 0 {
			t.Errorf("the program ended with %d: %s", c, log)
		}
	})
	return out.opened(t)
}

// browse runs a story in a real browser.
func browse(t *testing.T, story, url string, args ...string) {
	t.Helper()
	nodetest.Need(t, nodetest.Packages, nodetest.Chromium)
	chromium, err := nodetest.ChromiumPath()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "node", append([]string{story, url, chromium}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// unlimited lets one visitor do what a hundred would.
var unlimited = []string{"rooms-per-identity=-1", "creates-per-address=-1", "address-room-day=-1", "joins-per-minute=-1", "send-burst=10000", "send-per-second=10000",
	"address-sends-per-second=-1", "room-per-second=-1", "uploads-per-minute=-1", "history-first=1000", "guesses=-1", "guesses-per-address=-1",
	"room-newcomers-free=-1", "newcomers-free=-1", "nick-changes=-1", "nick-changes-per-address=-1",
	"requests-per-second=-1", "address-reads-per-second=-1", "address-events-per-second=-1"}

// Nothing on any screen, nor in any answer, is against the content policy of the page.
func TestS6ContentPolicy(t *testing.T) { browse(t, "policy.mjs", serve(t)) }

// What looks like markup is text, whatever it is a title, a message, the name of a file or a part
// of the address of.
func TestS1MarkupIsText(t *testing.T) { browse(t, "markup.mjs", serve(t, unlimited...)) }

// Nor does anything run that people write about people and rooms.
func TestS1ReasonsAreText(t *testing.T) {
	limits := append(slices.Clone(unlimited), "acts-per-second=-1", "reports-per-minute=-1", "changes-per-minute=-1", "events-per-second=-1")
	browse(t, "reasons.mjs", serve(t, append(limits, "rooms-per-identity=1", "lobby-pause=20ms")...))
}

// A lobby of many rooms comes a page at a time and is searched as a whole.
func TestD6LobbyInPages(t *testing.T) {
	browse(t, "lobby.mjs", serve(t, "rooms-per-identity=-1", "creates-per-address=-1", "lobby-page=8"))
}

// Whoever meets a limit reads what it is and how long it lasts, and goes on when it has passed.
func TestLimitsInWords(t *testing.T) {
	browse(t, "limits.mjs", serve(t, "rooms-per-identity=1", "sockets-per-identity=2", "creates-per-address=-1", "joins-per-minute=4", "guesses=2", "guess-window=9s",
		"guesses-per-address=-1", "send-burst=2", "send-per-second=2", "uploads-per-minute=-1"))
}

// An address that nobody has taken offers a room, which then is its, in whatever form it is typed.
func TestM20RoomsByTheirAddress(t *testing.T) { browse(t, "slug.mjs", serve(t)) }

// Where many come in, newcomers' browsers work, the owner is asked whether to lock the door, and
// who stands in front of it reads why.
func TestM22Crowd(t *testing.T) {
	browse(t, "door.mjs", serve(t, "newcomer-window=3m", "room-newcomers=2", "room-newcomers-free=3", "proof-bits=20", "creates-per-address=-1"))
}

// A part of the page that can't be loaded says so and comes later; the page of a server that was
// updated begins anew, once, and nothing typed is lost.
func TestU1PartsThatDontLoad(t *testing.T) { browse(t, "parts.mjs", serve(t, unlimited...)) }

// Whoever comes in sees the end of the conversation, which nothing moves, and whoever comes back
// where reading stopped.
func TestU16ArriveAndReturn(t *testing.T) {
	limits := slices.DeleteFunc(slices.Clone(unlimited), func(l string) bool { return l == "history-first=1000" })
	browse(t, "arrive.mjs", serve(t, append(limits, "events-per-second=-1")...))
}

// The first view of a page is small: its HTML, scripts and styles as they come over the wire.
func TestU1FirstViewIsSmall(t *testing.T) {
	const most = 70_000
	if _, built := web.FS(); !built {
		t.Skip("the page isn't built")
	}
	b := newBrowser(t, serve(t))
	room := b.openRoom(`{"title":"마당"}`)
	for _, path := range []string{"/", "/room/" + room, "/r/nobody-has-it"} {
		for _, lang := range []string{"ko", "en"} {
			page := b.do("GET", path, "", "Accept: text/html", "Accept-Encoding: gzip", "Accept-Language: "+lang, "Cookie: lang="+lang)
			if page.header.Get("Content-Encoding") != "gzip" {
				t.Fatalf("%s = %d, not compressed", path, page.status)
			}
			size, files := len(page.body), 0
			for _, asset := range assetOfPage.FindAllStringSubmatch(gunzip(t, page.body), -1) {
				if strings.HasSuffix(asset[1], ".svg") {
					continue
				}
				files++
				size += len(b.do("GET", asset[1], "", "Accept-Encoding: gzip").body)
			}
			t.Logf("%s in %s: %d bytes, %d files", path, lang, size, files)
			if size > most || files < 4 {
				t.Errorf("%s in %s: %d bytes in %d files", path, lang, size, files)
			}
		}
	}
}

func gunzip(t *testing.T, packed string) string {
	z, err := gzip.NewReader(strings.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What is read aloud, copied, counted in the tab, and drawn.
func TestSmallThings(t *testing.T) { browse(t, "small.mjs", serve(t)) }

// Messages are deleted and people removed, by menus.
func TestM4InCharge(t *testing.T) { browse(t, "charge.mjs", serve(t, "kick-pause=8s")) }

// A long press opens the menu of a message or a person on a phone, and nothing else does.
func TestM4LongPress(t *testing.T) { browse(t, "touch.mjs", serve(t)) }

// What was said is found, by searches and by links to messages, wherever it is in the history.
func TestF11FoundAgain(t *testing.T) {
	browse(t, "find.mjs", serve(t, append(unlimited, "searches-per-second=-1", "history-per-second=-1", "room-per-second=-1", "address-text-day=-1", "sockets-per-address=-1", "history-first=50")...))
}

// The owner takes a room along, and its page reads from a folder, whatever was said there.
func TestF12ExportedPage(t *testing.T) {
	browse(t, "export.mjs", serve(t, append(unlimited, "room-per-second=-1", "address-text-day=-1")...))
}
