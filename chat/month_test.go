package chat_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/backup"
	"github.com/madang-chat/madang/chat/export"
	"github.com/madang-chat/madang/chat/media"
	"github.com/madang-chat/madang/chat/sqlite"
)

// What is said and deleted again bears one of these.
const (
	abuse  = "욕설-7f3a91"
	advert = "광고-c0de55"
	regret = "후회-91c2e8"
)

// village is a room and thirty people in it, whose days pass in a moment.
type village struct {
	*kit
	dir       string
	files     *media.Files
	rand      *rand.Rand
	began     time.Time
	room      string
	all       []*page
	moderator *page
	said      map[int64]string // texts by seq, "" when they were deleted
}

// page is somebody's page of the room: it keeps what it is told as a browser's does.
type page struct {
	*village
	who  chat.Visitor
	tabs int

	mu      sync.Mutex
	stop    func()
	live    bool
	kept    []chat.Event
	epoch   string
	rev     int64
	log     map[int64]chat.Message
	resets  int // times that it was told to begin anew
	crowded int
}

func (m *village) newPage(from string) *page {
	return &page{village: m, who: m.from(from), log: map[int64]chat.Message{}}
}

// enter comes in, or comes back.
func (p *page) enter() error {
	p.mu.Lock()
	p.live, p.kept = false, nil
	p.tabs++
	q := chat.JoinRequest{Room: p.room, Conn: fmt.Sprint(p.tabs)}
	if p.epoch != "" {
		q.Since = &chat.Since{Epoch: p.epoch, Rev: p.rev}
	}
	p.mu.Unlock()
	stop := p.Subscribe(p.room, p.hear)
	j, err := p.Join(p.Context(), p.who, q)
	if err != nil {
		stop()
		return err
	}
	p.InOrder(p.room, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.stop = stop
		if j.Reset || p.epoch == "" {
			clear(p.log)
			if j.Reset {
				p.resets++
			}
		}
		for _, m := range j.Messages {
			p.log[m.Seq] = m
		}
		p.epoch, p.rev, p.live = j.Epoch, j.Rev, true
		for _, e := range p.kept {
			if e.Message != nil && e.Message.Rev > p.rev {
				p.take(e)
			}
		}
	})
	synctest.Wait()
	return nil
}

func (p *page) hear(e chat.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.live {
		p.kept = append(p.kept, e)
		return
	}
	p.take(e)
}

// take needs mu.
func (p *page) take(e chat.Event) {
	if e.Kind == chat.EventCrowded {
		for _, who := range e.To {
			if who == p.who.ID {
				p.crowded++
			}
		}
	}
	if e.Message == nil {
		return
	}
	m := *e.Message
	if m.Rev != p.rev+1 {
		p.Errorf("day %d: a page that knows rev %d hears of %d", p.day(), p.rev, m.Rev)
	}
	if _, twice := p.log[m.Seq]; twice && e.Kind != chat.EventDeleted {
		p.Errorf("day %d: message %d came twice", p.day(), m.Seq)
	}
	p.rev = m.Rev
	p.log[m.Seq] = m
}

// away is a lost connection, or with leave a goodbye.
func (p *page) away(leave bool) {
	p.stop()
	p.mu.Lock()
	p.live = false
	p.mu.Unlock()
	if leave {
		p.check(p.Leave(p.Context(), p.who, p.room, fmt.Sprint(p.tabs)))
	} else {
		p.House.Gone(p.who, p.room, fmt.Sprint(p.tabs))
	}
}

func (p *page) in() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.live
}

// say sends a text; now and then its answer is lost, and it is sent again.
func (p *page) say(text string) {
	p.Helper()
	post := chat.Post{Room: p.room, CID: chat.NewID(), Text: text}
	sent, dup, err := p.Send(p.Context(), p.who, post)
	p.check(err)
	if dup || p.said[sent.Seq] != "" {
		p.Errorf("day %d: seq %d of a fresh message, dup %v", p.day(), sent.Seq, dup)
	}
	p.said[sent.Seq] = text
	if p.rand.IntN(10) == 0 {
		again, dup, err := p.Send(p.Context(), p.who, post)
		p.check(err)
		if !dup || again.Seq != sent.Seq {
			p.Errorf("day %d: message %d was sent again as %d", p.day(), sent.Seq, again.Seq)
		}
	}
}

// color is how the room calls somebody.
func (p *page) color() string {
	m, ok := p.member(p.who.ID)
	if !ok {
		p.Fatalf("day %d: no such member", p.day())
	}
	return m.Color
}

func (m *village) member(session string) (chat.Member, bool) {
	m.Helper()
	rec, err := m.o.Store.Room(m.Context(), m.room)
	m.check(err)
	for _, one := range rec.Members {
		if one.ID == session {
			return one, true
		}
	}
	return chat.Member{}, false
}

func (m *village) day() int { return int(time.Since(m.began) / (24 * time.Hour)) }

// until lets people talk until the morning of a day.
func (m *village) until(day int) {
	m.Helper()
	for m.day() < day {
		for _, p := range m.all {
			if p.in() && m.rand.IntN(3) > 0 {
				p.say(fmt.Sprintf("%d일째 이야기 %d", m.day(), m.rand.Uint32()))
			}
			time.Sleep(time.Duration(1+m.rand.IntN(5)) * time.Minute)
		}
		// The phones of some lose their connection, some say good night.
		for i, p := range m.all {
			if p.in() && m.rand.IntN(8) == 0 {
				p.away(i%2 == 0)
				time.Sleep(time.Duration(m.rand.IntN(90)) * time.Second)
				m.check(p.enter())
			}
		}
		time.Sleep(3 * time.Hour)
	}
}

// delete forgets what a session has said.
func (m *village) delete(by *page, of *page) {
	m.Helper()
	n, err := m.DeleteAll(m.Context(), by.who, m.room, of.color())
	m.check(err)
	gone := 0
	for _, msg := range m.history() {
		if msg.By.ID == of.who.ID && msg.Deleted != "" {
			m.said[msg.Seq] = ""
			gone++
		}
	}
	if n != gone {
		m.Errorf("day %d: %d messages deleted, %d are", m.day(), n, gone)
	}
}

// regret is a message that its author deletes.
func (m *village) regret(p *page) {
	m.Helper()
	p.say(regret)
	time.Sleep(time.Minute)
	for _, msg := range m.history() {
		if msg.Text == regret {
			_, err := m.DeleteMessage(m.Context(), p.who, m.room, msg.Seq)
			m.check(err)
			m.said[msg.Seq] = ""
		}
	}
}

// history is all of the room as it is kept.
func (m *village) history() (all []chat.Message) {
	m.Helper()
	for after := int64(0); ; after = all[len(all)-1].Seq {
		s, err := m.o.Store.Messages(m.Context(), m.room, chat.Range{After: after, Oldest: true, Limit: 500})
		m.check(err)
		all = append(all, s.Messages...)
		if !s.More {
			return all
		}
	}
}

// compare looks whether the room has what was acknowledged, once, and each page what the room has.
func (m *village) compare() {
	m.Helper()
	synctest.Wait()
	all := m.history()
	found := map[int64]bool{}
	for i, msg := range all {
		if msg.Seq != int64(i+1) {
			m.Fatalf("day %d: message %d has seq %d", m.day(), i+1, msg.Seq)
		}
		if msg.Kind == chat.KindSystem {
			continue
		}
		found[msg.Seq] = true
		if text, known := m.said[msg.Seq]; !known || msg.Text != text || (msg.Deleted != "") != (text == "") {
			m.Errorf("day %d: message %d is %q (deleted: %q), %q was said", m.day(), msg.Seq, msg.Text, msg.Deleted, text)
		}
	}
	for seq, text := range m.said {
		if !found[seq] {
			m.Errorf("day %d: message %d is lost: %q", m.day(), seq, text)
		}
	}
	for i, p := range m.all {
		if !p.in() {
			continue
		}
		p.mu.Lock()
		since := oldest(p.log)
		for _, msg := range all {
			mine, ok := p.log[msg.Seq]
			if ok && (mine.Text != msg.Text || mine.Deleted != msg.Deleted || mine.ID != msg.ID) {
				m.Errorf("day %d: page %d shows message %d as %q", m.day(), i, msg.Seq, mine.Text)
			}
			if !ok && msg.Seq > since {
				m.Errorf("day %d: page %d has a hole at message %d", m.day(), i, msg.Seq)
			}
		}
		if len(p.log) > len(all) {
			m.Errorf("day %d: page %d shows %d messages of %d", m.day(), i, len(p.log), len(all))
		}
		p.mu.Unlock()
	}
}

func oldest(log map[int64]chat.Message) int64 {
	least := int64(1 << 62)
	for seq := range log {
		least = min(least, seq)
	}
	return least
}

// restart ends the server and starts it again; the pages come back by themselves.
func (m *village) restart(meanwhile func()) {
	m.Helper()
	var were []*page
	for _, p := range m.all {
		if p.in() {
			p.away(false)
			were = append(were, p)
		}
	}
	m.check(m.Close())
	meanwhile()
	m.start()
	for _, p := range were {
		m.check(p.enter())
		time.Sleep(50 * time.Millisecond)
	}
}

// owner is the page of who owns the room.
func (m *village) owner() *page {
	m.Helper()
	r, err := m.House.Room(m.room)
	m.check(err)
	for _, p := range m.all {
		if p.who.ID == r.OwnerID {
			return p
		}
	}
	m.Fatalf("day %d: nobody of them owns the room", m.day())
	return nil
}

// inCharge is the page of somebody who is there and may ban: the owner, or else the moderator.
func (m *village) inCharge() *page {
	if owner := m.owner(); owner.in() {
		return owner
	}
	return m.moderator
}

// troll talks until it is thrown out, and comes back as somebody else.
func (m *village) troll(by *page) {
	m.Helper()
	const home = "203.0.113.9"
	troll := m.newPage(home)
	m.check(troll.enter())
	for range 20 {
		troll.say(abuse)
		time.Sleep(time.Second)
	}
	image, _ := base64.StdEncoding.DecodeString("R0lGODlhAQABAIAAAP///wAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==")
	up, err := m.Upload(troll.who, m.room, int64(len(image)))
	m.check(err)
	file, err := m.files.Save(bytes.NewReader(image))
	m.check(err)
	_, _, err = up.Send(m.Context(), chat.Post{Room: m.room, CID: chat.NewID()}, file)
	m.check(err)

	m.delete(by, troll)
	m.check(m.BanMember(m.Context(), by.who, chat.BanRequest{Room: m.room, User: troll.color(), Address: true, Reason: "troll"}))
	if _, err := m.files.Open(file.Name); !errors.Is(err, fs.ErrNotExist) {
		m.Errorf("the picture is there: %v", err)
	}
	time.Sleep(time.Hour)
	m.fails(troll.enter(), chat.RoomBanned)
	m.fails(m.newPage(home).enter(), chat.RoomBanned)
	_, _, err = m.Send(m.Context(), troll.who, chat.Post{Room: m.room, CID: chat.NewID(), Text: abuse})
	if err == nil {
		m.Error("who is banned still talks")
	}
	_, err = m.House.History(m.Context(), troll.who, chat.HistoryQuery{Room: m.room})
	m.fails(err, chat.RoomBanned)
}

// raid is eighty sessions of eighty addresses in a few seconds.
func (m *village) raid() {
	m.Helper()
	owner := m.inCharge()
	before := owner.crowded
	var inside []*page
	worked, shut := 0, 0
	for i := range 80 {
		if i == 60 {
			if owner.crowded == before {
				m.Fatal("the owner isn't told of the raid")
			}
			yes := true
			_, err := m.ChangeRoom(m.Context(), owner.who, m.room, chat.RoomChange{DoorLocked: &yes})
			m.check(err)
		}
		r := m.newPage(fmt.Sprintf("198.18.%d.1", i))
		err := r.enter()
		if e, ok := errors.AsType[*chat.Error](err); ok && e.Code == chat.ProofNeeded {
			if i%2 == 0 {
				continue // most of them are no browsers
			}
			m.Prove(r.who, m.room, work(e.Proof))
			err = r.enter()
			worked++
		}
		switch chat.CodeOf(err) {
		case "":
			inside = append(inside, r)
			r.say(advert)
		case chat.DoorLocked:
			shut++
		default:
			m.Fatalf("raider %d: %v", i, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	if len(inside) == 0 || worked == 0 || shut < 15 {
		m.Errorf("%d raiders were inside, %d worked, %d stood at the door", len(inside), worked, shut)
	}
	for _, r := range inside {
		m.delete(owner, r)
		m.check(m.BanMember(m.Context(), owner.who, chat.BanRequest{Room: m.room, User: r.color()}))
		r.mu.Lock()
		r.live = false
		r.mu.Unlock()
		time.Sleep(time.Second)
	}
	// Who was here before goes and comes as ever.
	regular := m.all[7]
	regular.away(true)
	m.check(regular.enter())
	time.Sleep(2 * time.Hour)
	no := false
	_, err := m.ChangeRoom(m.Context(), owner.who, m.room, chat.RoomChange{DoorLocked: &no})
	m.check(err)
	late := m.newPage("198.51.100.77")
	m.check(late.enter())
	late.away(true)
}

// gone looks for what was deleted: in the data folder, and in an export.
func (m *village) gone() {
	m.Helper()
	words := []string{abuse, advert, regret}
	look := func(where string, data []byte) {
		for _, word := range words {
			if n := bytes.Count(data, []byte(word)); n > 0 {
				m.Errorf("%s holds %s %d times", where, word, n)
			}
		}
	}
	m.check(filepath.WalkDir(m.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		look(d.Name(), data)
		return err
	}))
	store, err := sqlite.Open(m.Context(), m.path, sqlite.Options{})
	m.check(err)
	defer store.Close()
	var out bytes.Buffer
	m.check(export.Write(m.Context(), &out, store, m.files, m.room, export.Reader{}))
	z, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	m.check(err)
	told := map[string]int{}
	for _, f := range z.File {
		r, err := f.Open()
		m.check(err)
		data, err := io.ReadAll(r)
		m.check(err)
		look("the export's "+f.Name, data)
		if f.Name != "messages.jsonl" {
			continue
		}
		for line := range bytes.Lines(data) {
			var msg struct{ Text string }
			m.check(json.Unmarshal(line, &msg))
			if msg.Text != "" {
				told[msg.Text]++
			}
		}
	}
	for seq, text := range m.said {
		if text != "" && told[text] != 1 {
			m.Errorf("the export has message %d %d times", seq, told[text])
		}
		delete(told, text)
	}
	if len(told) > 0 {
		m.Errorf("the export has %d messages that nobody sent", len(told))
	}
}

// A small community lives in one room for a month.
func TestM23Month(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	copied := filepath.Join(t.TempDir(), "backup")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	secret := bytes.Repeat([]byte("s"), 32)
	if err := os.WriteFile(filepath.Join(dir, backup.Secret), secret, 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		files, err := media.Open(filepath.Join(dir, backup.Media))
		if err != nil {
			t.Fatal(err)
		}
		log := &bytes.Buffer{}
		limits := chat.Limits{ProofBits: 8, ProofBitsMost: 10, LifeSweep: 10 * time.Minute}
		m := &village{dir: dir, files: files, rand: rand.New(rand.NewPCG(20, 26)), began: time.Now(), said: map[int64]string{}}
		m.kit = &kit{T: t, path: filepath.Join(dir, backup.Database), log: log, o: chat.Options{Limits: limits, Secret: secret, Files: files,
			Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn}))}}
		m.start()
		defer func() { m.Close() }()

		// Thirty people, one after the other.
		for i := range 30 {
			p := m.newPage(fmt.Sprintf("192.0.2.%d", 1+i))
			if i == 0 {
				r, _, err := m.CreateRoom(t.Context(), p.who, chat.NewRoom{Title: "동네 책방", Slug: "동네-책방", Max: 150})
				m.check(err)
				m.room = r.ID
			}
			m.check(p.enter())
			m.all = append(m.all, p)
			time.Sleep(time.Minute)
		}
		founder, phone := m.all[0], m.all[9]
		m.moderator = m.all[4]
		m.check(m.SetModerator(t.Context(), founder.who, m.room, m.moderator.color(), true))
		m.until(2)
		m.regret(m.all[3])
		m.compare()

		m.troll(m.moderator)
		m.until(5)
		m.compare()

		// A phone is forgotten, and the founder goes for good.
		phone.away(false)
		m.until(7)
		founder.away(false)
		m.until(9)
		if heir := m.owner(); heir == founder || !heir.in() {
			m.Error("a room whose owner has gone has no other")
		}
		m.compare()

		m.until(12)
		m.raid()
		m.restart(m.gone)
		m.compare()

		// Ten days later it is told what it missed, or that it was too much.
		m.until(15)
		m.check(phone.enter())
		if phone.resets != 1 {
			m.Errorf("the phone began anew %d times", phone.resets)
		}
		m.compare()

		m.until(18)
		m.restart(m.gone)
		for i, p := range m.all {
			if p != phone && p.resets != 0 {
				m.Errorf("page %d began anew after a restart", i)
			}
		}
		m.compare()

		// A backup, a day, and the disk is lost.
		m.until(20)
		_, err = backup.Make(t.Context(), dir, copied)
		m.check(err)
		kept := map[int64]string{}
		for seq, text := range m.said {
			kept[seq] = text
		}
		m.until(21)
		epoch := m.Epoch()
		m.restart(func() {
			old, err := backup.Restore(t.Context(), copied, dir, true)
			m.check(err)
			m.check(os.RemoveAll(old))
		})
		m.said = kept
		if m.Epoch() == epoch {
			m.Error("the epoch of restored data is the same")
		}
		for i, p := range m.all {
			if p.in() && p.resets == 0 {
				m.Errorf("page %d didn't begin anew after the restore", i)
			}
		}
		m.compare()

		m.until(25)
		m.regret(m.all[6])
		m.until(30)
		m.compare()
		found, err := m.RoomAt("동네-책방")
		m.check(err)
		if found.ID != m.room || found.Count < 28 {
			m.Errorf("after a month: %+v", found)
		}
		m.check(m.Close())
		m.gone()
		if log.Len() > 0 {
			m.Errorf("log:\n%s", log)
		}
		t.Logf("%d messages in %d days", len(m.said), m.day())
	})
}
