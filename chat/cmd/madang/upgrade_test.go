package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat/sqlite"
)

// Data of the program of each former schema is opened with nothing lost: who was there is known
// and goes on, pictures and locks are as they were, and the old database lies beside the new one.
func TestO4UpgradeFromFormerPrograms(t *testing.T) {
	formers, err := filepath.Glob("testdata/former/schema-*.tar.gz")
	if err != nil || len(formers) < 2 {
		t.Fatalf("%d data folders of former programs, %v", len(formers), err)
	}
	for _, name := range formers {
		var schema int64
		fmt.Sscanf(filepath.Base(name), "schema-%d", &schema)
		t.Run(fmt.Sprint("schema ", schema), func(t *testing.T) {
			dir, v := readFormer(t, name)
			database := filepath.Join(dir, "chat.db")
			// Sessions end at last; the data is taken for that of a moment ago.
			ms := time.Since(v.Made).Milliseconds()
			execute(t, database, fmt.Sprintf(`UPDATE sessions SET created = created + %d, seen = seen + %[1]d, expires = expires + %[1]d`, ms))
			before, err := os.ReadFile(database)
			if err != nil {
				t.Fatal(err)
			}

			p := launch(t, binary(t), dir, "localhost:0")
			owner := comeBack(t, p.url, v.Open.Token)
			keeps(t, owner.raw(v.Open.Room), v.Open.Messages)
			if a := owner.do("GET", "/gif/"+url.PathEscape(v.Image), ""); a.status != 200 || a.body != string(v.Bytes) {
				t.Errorf("the image: %d, %d bytes", a.status, len(a.body))
			}
			if me := owner.nameIn(v.Open.Room); me != v.Open.Me {
				t.Errorf("%s has become %s", v.Open.Me, me)
			}
			if a := owner.do("POST", "/room/"+v.Open.Room+"/chat", `{"chat":"다시 왔어요","cid":"again"}`); a.status >= 300 {
				t.Errorf("goes on: %+v", a)
			}
			now := owner.history(v.Open.Room)
			if last := now[len(now)-1]; last.Chat != "다시 왔어요" || last.Seq != int64(len(now)) {
				t.Errorf("goes on with %+v", last)
			}

			keeps(t, comeBack(t, p.url, v.Locked.Token).raw(v.Locked.Room), v.Locked.Messages)
			stranger := newBrowser(t, p.url)
			if a := stranger.do("GET", "/room/"+v.Locked.Room+"/messages?before=0", ""); a.status != 403 {
				t.Errorf("a stranger reads the locked room: %+v", a)
			}
			if a := stranger.do("POST", "/room/"+v.Locked.Room+"/enter", `{"password":"wrong password"}`); a.status != 403 {
				t.Errorf("a wrong password: %+v", a)
			}
			if a := stranger.do("POST", "/room/"+v.Locked.Room+"/enter", `{"password":"`+v.Password+`"}`); a.status != 200 {
				t.Errorf("the password: %+v", a)
			}
			for _, m := range v.Locked.Messages {
				delete(m, "cid") // it is for the sender alone
			}
			keeps(t, stranger.raw(v.Locked.Room), v.Locked.Messages)
			p.cmd.Process.Signal(os.Interrupt)
			if err := p.cmd.Wait(); err != nil {
				t.Error(err)
			}
			if !strings.Contains(p.err.String(), `"msg":"the database was of an older version`) {
				t.Errorf("nothing is said of the upgrade: %s", p.err)
			}
			if strings.Contains(p.err.String(), "level=ERROR") || strings.Contains(p.err.String(), `"level":"ERROR"`) {
				t.Errorf("logged %s", p.err)
			}

			newest := query(t, database, `SELECT max(version_id) FROM goose_db_version`)
			kept, err := os.ReadFile(fmt.Sprintf("%s.before-%d", database, schema+1))
			if upgraded := newest > schema; upgraded != (err == nil) {
				t.Errorf("from %d to %d: %v", schema, newest, err)
			} else if upgraded && !bytes.Equal(kept, before) {
				t.Error("the database that was kept isn't the one that was there")
			}
			if err := sqlite.Check(t.Context(), database); err != nil {
				t.Error(err)
			}
		})
	}
}

// keeps compares messages: what was told of each is told still. More may be.
func keeps(t *testing.T, now, then []map[string]any) {
	t.Helper()
	if len(now) != len(then) || len(then) == 0 {
		t.Fatalf("%d messages have become %d", len(then), len(now))
	}
	for i, m := range then {
		if one, ok := m["media"].(map[string]any); ok {
			// Messages had one picture, whose name stood beside it, and nobody looked for flashes.
			one["name"] = m["gif"]
			one["flash"] = now[i]["media"].([]any)[0].(map[string]any)["flash"]
			m["media"] = []any{one}
		}
		for key, value := range m {
			if !reflect.DeepEqual(now[i][key], value) {
				t.Errorf("message %d: %s was %v and is %v", i+1, key, value, now[i][key])
			}
		}
	}
}

// execute runs a statement on a database that nobody has open, and leaves no log beside it.
func execute(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}

func query(t *testing.T, path, question string) (n int64) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(question).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func decode(t *testing.T, text string, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return b
}
