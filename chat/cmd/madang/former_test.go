package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// visits are what visitors of a former program saw, beside the data folder that it left.
type visits struct {
	Made     time.Time
	Open     visit
	Locked   visit
	Password string // of Locked
	Image    string // name of the one in Open
	Bytes    []byte // that it has
}

// visit is a room as its owner saw it.
type visit struct {
	Token    string // of the owner's session
	Room     string
	Me       string           // the owner's name there
	Messages []map[string]any // as they came
}

// TestMakeFormer leaves a data folder of a former program for TestO4UpgradeFromFormerPrograms:
//
//	FORMER=/path/to/madang go test -run TestMakeFormer ./chat/cmd/madang
func TestMakeFormer(t *testing.T) {
	program := os.Getenv("FORMER")
	if program == "" {
		return
	}
	dir := filepath.Join(t.TempDir(), "data")
	p := launch(t, program, dir, "localhost:0")
	v := visits{Made: time.Now().UTC(), Password: "비밀번호 486"}
	owner, guest := newBrowser(t, p.url), newBrowser(t, p.url)
	v.Open.Room = owner.openRoom(`{"title":"느티나무 아래"}`)
	v.Open.Me = owner.nameIn(v.Open.Room)
	guest.do("GET", "/", "", "Accept: text/html") // a socket is for somebody who is known
	guest.sit(v.Open.Room)
	for i, text := range []string{"안녕하세요, 다들 계신가요?", "네! 방금 들어왔어요 👋", "ㅋㅋㅋ 오늘은 조용하네요", "<b>굵게?</b> & 그대로", "여러 줄\n두 번째 줄"} {
		b := []*browser{owner, guest}[i%2]
		if a := b.do("POST", "/room/"+v.Open.Room+"/chat", fmt.Sprintf(`{"chat":%q,"cid":"c%d"}`, text, i)); a.status >= 300 {
			t.Fatalf("%s: %+v", text, a)
		}
	}
	v.Bytes = animation(t, 16, 3)
	if a, err := guest.upload(v.Open.Room, v.Bytes); err != nil || a.status >= 300 {
		t.Fatalf("upload: %+v, %v", a, err)
	}
	lock := newBrowser(t, p.url)
	v.Locked.Room = lock.openRoom(`{"title":"우리끼리","max":4,"password":"` + v.Password + `"}`)
	v.Locked.Me = lock.nameIn(v.Locked.Room)
	if a := lock.do("POST", "/room/"+v.Locked.Room+"/chat", `{"chat":"비밀 이야기","cid":"s1"}`); a.status >= 300 {
		t.Fatalf("%+v", a)
	}
	for _, r := range []struct {
		b *browser
		v *visit
	}{{owner, &v.Open}, {lock, &v.Locked}} {
		r.v.Token, r.v.Messages = r.b.token(), r.b.raw(r.v.Room)
	}
	v.Image = imageOf(t, v.Open.Messages)
	p.cmd.Process.Signal(os.Interrupt)
	if err := p.cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	schema := query(t, filepath.Join(dir, "chat.db"), `SELECT max(version_id) FROM goose_db_version`)
	writeFormer(t, fmt.Sprintf("testdata/former/schema-%d.tar.gz", schema), dir, v)
}

// nameIn takes a seat and tells the name that one has there.
func (b *browser) nameIn(room string) string {
	b.t.Helper()
	var replies []struct {
		Me struct{ Name string }
	}
	decode(b.t, b.join(`{"room":"`+room+`"}`), &replies)
	if len(replies) != 1 || replies[0].Me.Name == "" {
		b.t.Fatalf("no name: %+v", replies)
	}
	return replies[0].Me.Name
}

// token is that of the session.
func (b *browser) token() string {
	at, _ := url.Parse(b.url)
	for _, c := range b.client.Jar.Cookies(at) {
		if c.Name == "sid" {
			return c.Value
		}
	}
	b.t.Fatal("no session")
	return ""
}

// comeBack is somebody who has a session.
func comeBack(t *testing.T, address, token string) *browser {
	b := newBrowser(t, address)
	at, _ := url.Parse(address)
	b.client.Jar.SetCookies(at, []*http.Cookie{{Name: "sid", Value: token, Path: "/"}})
	return b
}

// raw is the newest page of the history of a room, as it comes.
func (b *browser) raw(room string) []map[string]any {
	b.t.Helper()
	var page struct{ Messages []map[string]any }
	b.do("GET", "/room/"+room+"/messages?before=0", "").decode(b.t, &page)
	return page.Messages
}

func imageOf(t *testing.T, messages []map[string]any) string {
	t.Helper()
	for _, m := range messages {
		if name, _ := m["gif"].(string); name != "" {
			return name
		}
	}
	t.Fatalf("no image: %v", messages)
	return ""
}

// writeFormer packs a data folder, and visits.json beside it.
func writeFormer(t *testing.T, name, dir string, v visits) {
	t.Helper()
	files := map[string][]byte{"visits.json": encode(t, v)}
	err := filepath.WalkDir(dir, func(at string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		local, err := filepath.Rel(dir, at)
		if err != nil {
			return err
		}
		files[path.Join("data", filepath.ToSlash(local))], err = os.ReadFile(at)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	w := tar.NewWriter(z)
	for _, local := range slices.Sorted(maps.Keys(files)) {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: local, Mode: 0o600, Size: int64(len(files[local])), ModTime: v.Made}); err != nil {
			t.Fatal(err)
		}
		w.Write(files[local])
	}
	if err := errors.Join(w.Close(), z.Close(), os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, b.Bytes(), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// readFormer unpacks what writeFormer has packed.
func readFormer(t *testing.T, name string) (dir string, v visits) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		at := filepath.Join(root, filepath.FromSlash(h.Name))
		data, err := io.ReadAll(r)
		if err := errors.Join(err, os.MkdirAll(filepath.Dir(at), 0o700), os.WriteFile(at, data, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(filepath.Join(root, "visits.json"))
	if err != nil {
		t.Fatal(err)
	}
	decode(t, string(text), &v)
	if v.Open.Room == "" || strings.TrimSpace(v.Image) == "" {
		t.Fatalf("%s: %+v", name, v)
	}
	return filepath.Join(root, "data"), v
}
