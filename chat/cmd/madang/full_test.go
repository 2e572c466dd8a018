package main

import (
	"database/sql"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// fill makes every insert fail as SQLite does on a full disk: the transaction is gone.
func fill(t *testing.T, dir string, full bool) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "chat.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, table := range []string{"sessions", "rooms", "members", "messages", "media", "idem", "meta"} {
		statement := "DROP TRIGGER full_" + table
		if full {
			statement = fmt.Sprintf(`CREATE TRIGGER full_%s BEFORE INSERT ON %[1]s
				BEGIN SELECT RAISE(ROLLBACK, 'database or disk is full'); END`, table)
		}
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
}

// On a full disk what is written is refused so that it is tried again, what is read works, and with
// room again everything goes on in the same process.
func TestR13FullDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	m, _ := start(t, dir)
	b, guest := newBrowser(t, m.URL()), newBrowser(t, m.URL())
	room := b.openRoom(`{"title":"마당"}`)
	b.sit(room)
	b.say(room, "before")
	guest.do("GET", "/room/"+room, "")
	before := b.history(room)
	files := countFiles(t, dir)

	readyz := func(status int) func() bool {
		return func() bool { return b.do("GET", "/readyz", "").status == status }
	}
	fill(t, dir, true)
	waitFor(t, readyz(503))
	refused := func(what string, a answer) {
		t.Helper()
		if a.status != 503 || !strings.Contains(a.body, `"UNAVAILABLE"`) || !strings.Contains(a.body, `"retryable":true`) {
			t.Errorf("%s: %+v", what, a)
		}
	}
	send := func() answer { return b.do("POST", "/room/"+room+"/chat", `{"chat":"while","cid":"c1"}`) }
	refused("send", send())
	picture, err := b.upload(room, randomImage(false))
	if err != nil {
		t.Fatal(err)
	}
	refused("upload", picture)
	refused("open", b.do("POST", "/room", `{"title":"another"}`))
	if reply := guest.ask("join", fmt.Sprintf(`{"room":%q}`, room)); !strings.Contains(reply, `"UNAVAILABLE"`) ||
		!strings.Contains(reply, `"retryable":true`) {
		t.Errorf("join: %s", reply)
	}
	if n := countFiles(t, dir); n != files {
		t.Errorf("%d files became %d: an image that no message knows is kept", files, n)
	}
	if now := b.history(room); len(now) != len(before) {
		t.Errorf("history was %+v, is %+v", before, now)
	}
	if a := b.do("GET", "/room/"+room, "", "Accept: text/html"); a.status >= 500 && a.status != 503 {
		t.Errorf("page: %+v", a)
	}

	fill(t, dir, false)
	waitFor(t, readyz(200))
	var reply struct {
		Seq int64
		Dup bool
	}
	send().decode(t, &reply)
	if reply.Seq != int64(len(before)+1) || reply.Dup {
		t.Errorf("sent again: %+v", reply)
	}
	guest.sit(room)
	after := b.history(room)
	for i, message := range after {
		if message.Seq != int64(i+1) {
			t.Errorf("message %d has seq %d", i+1, message.Seq)
		}
	}
	if len(after) != len(before)+2 { // with the line of the guest
		t.Errorf("history was %+v, is %+v", before, after)
	}
}

func countFiles(t *testing.T, dir string) (n int) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(dir, "media"), func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
