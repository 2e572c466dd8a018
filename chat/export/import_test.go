package export_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/export"
	"github.com/madang-chat/madang/chat/internal/corpus"
	"github.com/madang-chat/madang/chat/media"
	"github.com/madang-chat/madang/chat/sqlite"
	"github.com/madang-chat/madang/chat/sqlite/sqlitetest"
)

// place is a server: its rooms and its images.
type place struct {
	*chat.House
	t     testing.TB
	store *sqlite.Store
	files *media.Files
}

func newPlace(t testing.TB) place {
	dir := t.TempDir()
	path := filepath.Join(dir, "chat.db")
	sqlitetest.Prepare(t, path)
	store, err := sqlite.Open(t.Context(), path, sqlite.Options{Durability: sqlite.Normal})
	check(t, err)
	files, err := media.Open(filepath.Join(dir, "media"))
	check(t, err)
	house, err := chat.Open(t.Context(), chat.Options{Store: store, Files: files,
		Limits: chat.Limits{SendBurst: 10000, RoomPerSecond: -1, AddressTextDay: -1, UploadsPerMinute: -1, NickChanges: -1, CloseGrace: -1}})
	check(t, err)
	t.Cleanup(func() { check(t, house.Close()) })
	return place{house, t, store, files}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (p place) visitor(nickname string) chat.Visitor {
	p.t.Helper()
	_, id, err := p.NewSession(p.t.Context(), "ko", "")
	check(p.t, err)
	who := chat.Visitor{Identity: id}
	if nickname != "" {
		who.Identity, err = p.Rename(p.t.Context(), who, nickname)
		check(p.t, err)
	}
	return who
}

func (p place) export(room string) []byte {
	p.t.Helper()
	var b bytes.Buffer
	check(p.t, export.Write(p.t.Context(), &b, p.store, p.files, room, export.Reader{Lang: "en", Zone: time.FixedZone("", 9*3600)}))
	return b.Bytes()
}

func (p place) read(data []byte) (export.Imported, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	check(p.t, err)
	return export.Import{To: p.House, Files: p.files, Limits: p.Limits(), Terms: p.Terms()}.Read(p.t.Context(), z)
}

// images counts the files that there are.
func (p place) images() (n int) {
	check(p.t, p.files.Names(func(string, time.Time) error { n++; return nil }))
	return n
}

func unzipped(t testing.TB, data []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	check(t, err)
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		check(t, err)
		b, err := io.ReadAll(r)
		check(t, err)
		files[f.Name] = string(b)
	}
	return files
}

// zipOf makes one of files, in the order of their names.
func zipOf(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
		check(t, err)
		_, err = io.WriteString(w, files[name])
		check(t, err)
	}
	check(t, z.Close())
	return b.Bytes()
}

// picture is a small GIF whose color is told by n.
func picture(n int) io.Reader {
	var b bytes.Buffer
	im := image.NewPaletted(image.Rect(0, 0, 4, 3), color.Palette{color.Gray{uint8(n)}, color.White})
	if err := gif.Encode(&b, im, nil); err != nil {
		panic(err)
	}
	return &b
}

// lived is a room in which everything happens that a room's log tells of.
func lived(t testing.TB, p place) (room string) {
	ctx := t.Context()
	owner, guest, other := p.visitor(""), p.visitor("손님"), p.visitor("")
	r, _, err := p.CreateRoom(ctx, owner, chat.NewRoom{Title: "마당 <b>&", Password: "s3cret-pass"})
	check(t, err)
	for i, who := range []chat.Visitor{owner, guest, other} {
		if i > 0 {
			_, err = p.Enter(ctx, who, r.ID, "s3cret-pass")
			check(t, err)
		}
		_, err = p.Join(ctx, who, chat.JoinRequest{Room: r.ID, Conn: fmt.Sprint(i)})
		check(t, err)
	}
	color := func(who chat.Visitor) string {
		rec, err := p.store.Room(ctx, r.ID)
		check(t, err)
		for _, m := range rec.Members {
			if m.ID == who.ID {
				return m.Color
			}
		}
		t.Fatal("not a member")
		return ""
	}
	say := func(who chat.Visitor, text string) chat.Message {
		m, _, err := p.Send(ctx, who, chat.Post{Room: r.ID, Text: text})
		check(t, err)
		return m
	}
	say(owner, "안녕 <i>하세요</i>\n둘째 줄")
	gone := say(guest, "this is deleted")
	_, err = p.DeleteMessage(ctx, owner, r.ID, gone.Seq)
	check(t, err)
	var shown []chat.Media
	for i, alt := range []string{"수달", ""} {
		f, err := p.files.Save(picture(i))
		check(t, err)
		f.Alt = alt
		shown = append(shown, f)
	}
	upload, err := p.Upload(guest, r.ID, 1000)
	check(t, err)
	_, _, err = upload.Send(ctx, chat.Post{Room: r.ID, Text: "caption"}, shown...)
	check(t, err)
	guest.Identity, err = p.Rename(ctx, guest, "새 이름")
	check(t, err)
	check(t, p.SetModerator(ctx, owner, r.ID, color(other), true))
	check(t, p.BanMember(ctx, owner, chat.BanRequest{Room: r.ID, User: color(guest), For: time.Hour, Reason: "spam <b>"}))
	title := "새 제목"
	_, err = p.ChangeRoom(ctx, owner, r.ID, chat.RoomChange{Title: &title})
	check(t, err)
	for i := range 300 {
		say(owner, fmt.Sprint("줄 ", i))
	}
	return r.ID
}

// What is exported, imported elsewhere and exported there is the same, but for passphrases and for
// what tells where it was.
func TestF12RoundTrip(t *testing.T) {
	here, there := newPlace(t), newPlace(t)
	first := here.export(lived(t, here))
	done, err := there.read(first)
	check(t, err)
	second := there.export(done.Room)
	a, b := unzipped(t, first), unzipped(t, second)
	if done.Messages != strings.Count(a["messages.jsonl"], "\n") || done.Images != 2 || done.Title != "새 제목" {
		t.Errorf("%+v", done)
	}
	for name := range a {
		if name != "room.json" && name != "index.html" && a[name] != b[name] {
			t.Errorf("%s differs:\n%.3000s\n%.3000s", name, a[name], b[name])
		}
	}
	if len(a) != len(b) || len(a) != 5 {
		t.Errorf("%d files and %d", len(a), len(b))
	}
	people := func(doc string) string {
		return strings.Replace(doc[strings.Index(doc, `"people"`):], ",\n      \"moderator\": true", "", 1)
	}
	if people(a["room.json"]) != people(b["room.json"]) {
		t.Errorf("%s\n%s", people(a["room.json"]), people(b["room.json"]))
	}
	body := func(page string) string { return page[strings.Index(page, "<main>"):] }
	if body(a["index.html"]) != body(b["index.html"]) {
		t.Error("the pages differ")
	}
	// The room is found by its link alone, is whoever's is there next, and goes on.
	if r, err := there.Room(done.Room); err != nil || r.Listed || r.Locked || r.Count != 0 || r.Created.IsZero() {
		t.Errorf("%+v, %v", r, err)
	}
	who := there.visitor("")
	_, err = there.Join(t.Context(), who, chat.JoinRequest{Room: done.Room, Conn: "c"})
	check(t, err)
	hits, err := there.Search(t.Context(), who, chat.SearchQuery{Room: done.Room, Text: "ㅇㄴ"})
	if err != nil || len(hits.Hits) != 1 {
		t.Errorf("%+v, %v", hits, err)
	}
	m, _, err := there.Send(t.Context(), who, chat.Post{Room: done.Room, Text: "goes on"})
	if check(t, err); m.Seq != int64(done.Messages)+2 {
		t.Errorf("seq %d", m.Seq)
	}
	// Neither zip tells who it was.
	for _, data := range []string{fmt.Sprint(a), fmt.Sprint(b)} {
		for _, secret := range []string{"s3cret", "argon2", "this is deleted"} {
			if strings.Contains(data, secret) {
				t.Errorf("the zip holds %q", secret)
			}
		}
	}
}

// A zip that isn't as we write it is refused as a whole, and nothing of it stays.
func TestF12HostileZips(t *testing.T) {
	here := newPlace(t)
	good := unzipped(t, here.export(lived(t, here)))
	lines := strings.SplitAfter(good["messages.jsonl"], "\n")
	there := newPlace(t)
	with := func(name, text string) map[string]string {
		files := map[string]string{}
		for n, t := range good {
			files[n] = t
		}
		if text == "" {
			delete(files, name)
		} else {
			files[name] = text
		}
		return files
	}
	swap := func(old, new string) map[string]string {
		if !strings.Contains(good["messages.jsonl"], old) {
			t.Fatalf("there is no %s", old)
		}
		return with("messages.jsonl", strings.Replace(good["messages.jsonl"], old, new, 1))
	}
	person := func(old, new string) map[string]string {
		if !strings.Contains(good["room.json"], old) {
			t.Fatalf("there is no %s", old)
		}
		return with("room.json", strings.Replace(good["room.json"], old, new, 1))
	}
	stamped := func(name, field, time string) map[string]string {
		at := regexp.MustCompile(`"` + field + `": ?"[^"]*"`).FindString(good[name])
		return with(name, strings.Replace(good[name], at, `"`+field+`":"`+time+`"`, 1))
	}
	later := time.Now().UTC().Add(25 * time.Hour).Format("2006-01-02T15:04:05.000Z")
	image := ""
	for name := range good {
		if strings.HasPrefix(name, "media/") {
			image = name
		}
	}
	jpeg := strings.TrimSuffix(image, "gif") + "jpg"
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"no room":               {with("room.json", ""), "no export"},
		"no messages":           {with("messages.jsonl", ""), "no export"},
		"a path":                {with("../../etc/passwd", "x"), "no export of a room has"},
		"a path of Windows":     {with(`C:\x.gif`, "x"), "no export of a room has"},
		"an absolute path":      {with("/media/000001-1.gif", "x"), "no export of a room has"},
		"a path within media":   {with("media/../000001-1.gif", "x"), "no export of a room has"},
		"a script":              {with("media/x.js", "x"), "no export of a room has"},
		"an image of nobody":    {with("media/999999-1.gif", good[image]), "images that no message has"},
		"a lost image":          {with(image, ""), "isn't in the zip"},
		"an image twice":        {swap("000007-2.gif", "000007-1.gif"), "twice"},
		"HTML as an image":      {with(image, "<!doctype html><script>alert(1)</script>"), "image"},
		"half an image":         {with(image, good[image][:20]), "image"},
		"another place":         {swap(image, "../"+image), "isn't in the zip"},
		"another type":          {swap(image, jpeg), "isn't in the zip"},
		"a newer format":        {person(`"format": 1`, `"format": 2`), "newer program"},
		"no format":             {person(`"format": 1`, `"format": 0`), "isn't that of a room"},
		"no JSON":               {with("room.json", "{"), "room.json"},
		"no title":              {person("새 제목", ""), "title"},
		"a long title":          {person("새 제목", strings.Repeat("x", 51)), "title"},
		"a pause of its own":    {person(`"slow": 0`, `"slow": 7`), "slow"},
		"a pause below nothing": {person(`"slow": 0`, `"slow": -5`), "slow"},
		"an unknown life":       {person(`"life": "week"`, `"life": "month"`), "life"},
		"an unknown history":    {person(`"history": "always"`, `"history": "empty"`), "history"},
		"no people":             {person(`"people": [`, `"others": [`), "owner"},
		"a color that is none":  {person(`"user": "#`, `"user": "`), "color"},
		"a hue beyond":          {person(`"hue": `, `"hue": 9`), "hue"},
		"a name in charge":      {person("새 이름", "관리자"), "name"},
		"no time":               {person(`"created": "2`, `"created": "x2`), "no time"},
		"opened in the future":  {stamped("room.json", "created", later), "room.json: a time is"},
		"active in the future":  {stamped("room.json", "active", later), "room.json: a time is"},
		"active long ago":       {stamped("room.json", "active", "1999-12-31T00:00:00.000Z"), "room.json: a time is"},
		"said in the future":    {stamped("messages.jsonl", "time", later), "line 1: a time is"},
		"said long ago":         {stamped("messages.jsonl", "time", "1999-12-31T00:00:00.000Z"), "line 1: a time is"},
		"the same seq":          {swap(`"seq":9,`, `"seq":8,`), "doesn't follow"},
		"a seq before":          {swap(`"seq":9,`, `"seq":-1,`), "doesn't follow"},
		"a seq far away":        {swap(`"seq":9,`, `"seq":99999999,`), "missing before"},
		"half a line":           {with("messages.jsonl", good["messages.jsonl"][:len(good["messages.jsonl"])-20]), "line"},
		"a line without end":    {with("messages.jsonl", good["messages.jsonl"]+`{"text":"`+strings.Repeat("x", 300<<10)), "too long"},
		"an unknown kind":       {swap(`"kind":"text"`, `"kind":"html"`), "message"},
		"a line that is said":   {swap(`"kind":"text"`, `"kind":"system"`), "code"},
		"an unknown line":       {swap(`"code":"join"`, `"code":"admin"`), "code"},
		"somebody else":         {swap(`"user":"#`, `"user":"#0`), "color"},
		"a text too long":       {swap("줄 7", strings.Repeat("x", 2001)), "2000"},
		"nothing said":          {swap("줄 7", ""), "message"},
		"a deleted text":        {swap(`"text":"줄 7"`, `"text":"줄 7","deleted":"author"`), "deleted"},
		"deleted by who":        {swap(`"text":"줄 7"`, `"text":"","deleted":"admin"`), "deleted"},
		"a message with a code": {swap(`"text":"줄 7"`, `"text":"줄 7","code":"join"`), "line"},
		"no messages at all":    {with("messages.jsonl", "\n"), "line 1"},
	} {
		_, err := there.read(zipOf(t, c.files))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if n := there.images(); n > 0 {
			t.Errorf("%s: %d images are left", name, n)
		}
	}
	if rooms, err := there.store.Rooms(t.Context()); err != nil || len(rooms) > 0 {
		t.Errorf("%d rooms, %v", len(rooms), err)
	}
	// What packs into nothing is unpacked no further than it may be.
	bomb := with("room.json", "["+strings.Repeat(" ", 70<<20)+"]")
	if _, err := there.read(zipOf(t, bomb)); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("a bomb: %v", err)
	}
	// The same names twice.
	var twice bytes.Buffer
	z := zip.NewWriter(&twice)
	for range 2 {
		_, err := z.Create("room.json")
		check(t, err)
	}
	check(t, z.Close())
	if _, err := there.read(twice.Bytes()); err == nil || !strings.Contains(err.Error(), "two files") {
		t.Errorf("names twice: %v", err)
	}
	// What is no fault: no page, the lines of an older program, an image that was lost before, a
	// clock that goes ahead.
	plain := stamped("room.json", "active", time.Now().UTC().Add(23*time.Hour).Format("2006-01-02T15:04:05.000Z"))
	delete(plain, "index.html")
	delete(plain, image)
	plain["room.json"] = strings.Replace(plain["room.json"], `"media": 2`, `"media": 1, "lost": ["`+image+`"]`, 1)
	done, err := there.read(zipOf(t, plain))
	if err != nil || done.Lost != 1 || done.Images != 1 || done.Messages != len(lines)-1 {
		t.Errorf("%+v, %v", done, err)
	}
}

// What an owner has set comes along; what it can't take is told.
func TestF12SettingsComeAlong(t *testing.T) {
	here := newPlace(t)
	data := unzipped(t, here.export(lived(t, here)))
	ago := func(d time.Duration) string { return time.Now().Add(-d).UTC().Format("2006-01-02T15:04:05.000Z") }
	first := data["messages.jsonl"][:strings.Index(data["messages.jsonl"], "\n")]
	sent := first[strings.Index(first, `"time":"`)+8:][:len(ago(0))]
	const left = `"doorLocked": false,
  "quiet": false,
  "slow": 0,
  "life": "week",
  "history": "always",`
	type kept struct {
		quiet         bool
		slow          time.Duration
		max           int
		life, history chat.Span
	}
	const day = 24 * time.Hour
	// The room of lived has a password and a moderator.
	had := export.Left{Password: true, Moderators: 1}
	for name, c := range map[string]struct {
		settings string
		old      time.Duration // of the first message
		terms    chat.Terms
		want     kept
		left     func(*export.Left)
	}{
		"as it was":                 {left, 0, chat.Terms{}, kept{false, 0, 10, chat.Week, chat.Always}, nil},
		"of an older program":       {"", 0, chat.Terms{}, kept{false, 0, 10, chat.Week, chat.Always}, nil},
		"all of them":               {`"doorLocked": true, "quiet": true, "slow": 30, "life": "always", "history": "month",`, 29 * day, chat.Terms{}, kept{true, 30 * time.Second, 10, chat.Always, chat.Month}, func(l *export.Left) { l.DoorLocked = true }},
		"messages that would go":    {`"quiet": false, "slow": 5, "life": "day", "history": "day",`, 2 * day, chat.Terms{}, kept{false, 5 * time.Second, 10, chat.Day, chat.Always}, func(l *export.Left) { l.History = chat.Day }},
		"messages that wouldn't":    {`"history": "day",`, day / 2, chat.Terms{}, kept{false, 0, 10, chat.Week, chat.Day}, nil},
		"until it is empty":         {`"life": "empty",`, 0, chat.Terms{}, kept{false, 0, 10, chat.Week, chat.Always}, func(l *export.Left) { l.Life = chat.UntilEmpty }},
		"longer than may be":        {`"life": "always",`, 0, chat.Terms{LifeMost: chat.Day}, kept{false, 0, 10, chat.Day, chat.Always}, func(l *export.Left) { l.Life = chat.Always }},
		"a server with other terms": {"", 0, chat.Terms{Life: chat.Day}, kept{false, 0, 10, chat.Day, chat.Always}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{}
			for n, text := range data {
				files[n] = text
			}
			if !strings.Contains(files["room.json"], left) {
				t.Fatal(files["room.json"])
			}
			files["room.json"] = strings.Replace(files["room.json"], left, c.settings, 1)
			files["messages.jsonl"] = strings.Replace(files["messages.jsonl"], sent, ago(c.old), 1)
			there := newPlace(t)
			zipped := zipOf(t, files)
			z, err := zip.NewReader(bytes.NewReader(zipped), int64(len(zipped)))
			check(t, err)
			done, err := export.Import{To: there.House, Files: there.files, Limits: there.Limits(), Terms: c.terms}.Read(t.Context(), z)
			check(t, err)
			r, err := there.store.Room(t.Context(), done.Room)
			check(t, err)
			if got := (kept{r.Quiet, r.Slow, r.Max, r.Life, r.History}); got != c.want || r.DoorLocked || r.Locked || r.PassHash != "" {
				t.Errorf("%+v, want %+v", r.Room, c.want)
			}
			want := had
			if c.left != nil {
				c.left(&want)
			}
			if done.Left != want {
				t.Errorf("left %+v, want %+v", done.Left, want)
			}
		})
	}
}

// Pictures and what is said with them are one message elsewhere too.
func TestF12CaptionsStay(t *testing.T) {
	here, there := newPlace(t), newPlace(t)
	done, err := there.read(here.export(lived(t, here)))
	check(t, err)
	snap, err := there.store.Messages(t.Context(), done.Room, chat.Range{Limit: 20, Oldest: true})
	check(t, err)
	n := 0
	for _, m := range snap.Messages {
		if m.Text == "caption" || len(m.Media) > 0 {
			n++
			if m.Text != "caption" || m.Kind != chat.KindMedia || len(m.Media) != 2 || m.Media[0].Alt != "수달" || m.Media[1].Alt != "" {
				t.Errorf("%+v", m)
			}
		}
	}
	if n != 1 {
		t.Errorf("%d messages", n)
	}
}

// A passphrase proves nothing elsewhere, whoever wrote the zip.
func TestF12TagsAreNotImported(t *testing.T) {
	here, there := newPlace(t), newPlace(t)
	files := unzipped(t, here.export(lived(t, here)))
	files["room.json"] = strings.Replace(files["room.json"], `"hue"`, `"tag": "k3f9q2", "hue"`, 1)
	done, err := there.read(zipOf(t, files))
	if check(t, err); done.Left.Tags != 1 {
		t.Errorf("left %+v", done.Left)
	}
	rec, err := there.store.Room(t.Context(), done.Room)
	check(t, err)
	for _, m := range rec.Members {
		if m.Tag != "" || m.Left.IsZero() || m.Role == chat.RoleModerator {
			t.Errorf("%+v", m)
		}
		if devices, err := there.store.Devices(t.Context(), m.ID, time.Now()); err != nil || len(devices) > 0 {
			t.Errorf("%d devices, %v", len(devices), err)
		}
	}
}

// keepsNothing takes what it's given and refuses at the end.
type keepsNothing struct{ *media.Files }

func (keepsNothing) Free() (int64, bool) { return 1, true }

func TestF12FullDisk(t *testing.T) {
	here, there := newPlace(t), newPlace(t)
	data := here.export(lived(t, here))
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	check(t, err)
	_, err = export.Import{To: there.House, Files: keepsNothing{there.files}, Limits: there.Limits()}.Read(t.Context(), z)
	if err == nil || !strings.Contains(err.Error(), "MB left") || there.images() > 0 {
		t.Errorf("%v, %d images", err, there.images())
	}
}

// Nothing that looks like markup is any in the page.
func TestS1ExportedPageHoldsNoMarkup(t *testing.T) {
	here := newPlace(t)
	owner := here.visitor("")
	room, _, err := here.CreateRoom(t.Context(), owner, chat.NewRoom{Title: `</title><script>alert(1)</script>`})
	check(t, err)
	_, err = here.Join(t.Context(), owner, chat.JoinRequest{Room: room.ID, Conn: "c"})
	check(t, err)
	for _, text := range corpus.Markup() {
		_, _, err := here.Send(t.Context(), owner, chat.Post{Room: room.ID, Text: text})
		if e, ok := errors.AsType[*chat.Error](err); err != nil && (!ok || e.Code != chat.BadMessage && e.Code != chat.TooLong) {
			t.Fatal(err)
		}
	}
	page := unzipped(t, here.export(room.ID))["index.html"]
	if dir := os.Getenv("PAGE"); dir != "" {
		check(t, os.WriteFile(filepath.Join(dir, "index.html"), []byte(page), 0o600))
	}
	for _, bad := range []string{"<script", "<svg", "<img src=x", "<iframe", "<a href=\"javascript", "<style>@import"} {
		if strings.Contains(strings.ToLower(page), bad) {
			t.Errorf("the page has %q", bad)
		}
	}
}
