package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// kills is how often the process is killed; the variable KILLS tells another number.
const kills = 3

// writers of each round, and what has to be acknowledged before the end.
const (
	writers  = 4
	texts    = 100
	pictures = 20
)

// manyWriters lets a few writers do what many would.
const manyWriters = "send-per-second=-1,address-sends-per-second=-1,room-per-second=-1,uploads-per-minute=-1," +
	"upload-day=-1,address-upload-day=-1,disk-reserve=-1,history-per-second=-1,handshakes-per-second=-1"

// record is what was acknowledged: id of a message → its text, name of an image → its bytes.
type record struct {
	mu     sync.Mutex
	texts  map[string]string // guarded by mu
	images map[string][]byte // guarded by mu
	whole  map[string]bool   // images that has found whole
}

func (r *record) size() (texts, images int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.texts), len(r.images)
}

func (r *record) clone() *record {
	r.mu.Lock()
	defer r.mu.Unlock()
	return &record{texts: maps.Clone(r.texts), images: maps.Clone(r.images)}
}

// A process that dies at any moment keeps every message and image that it acknowledged, though
// others were started on its folder and backups were made meanwhile. Each backup has all that was
// acknowledged before it began.
func TestR3Kill(t *testing.T) {
	rounds := kills
	if s := os.Getenv("KILLS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		rounds = n
	}
	t.Setenv("MADANG_LIMIT", manyWriters)
	program, dir, listen := binary(t), filepath.Join(t.TempDir(), "data"), freeAddress(t)
	p := launch(t, program, dir, listen)
	owner := newBrowser(t, p.url)
	room := owner.openRoom(`{"title":"마당","max":1000}`)
	acked := &record{texts: map[string]string{}, images: map[string][]byte{}}
	saved, backup := &record{}, ""
	for round := range rounds {
		var wg sync.WaitGroup
		for i := range writers {
			b := newBrowser(t, p.url)
			b.do("GET", "/room/"+room, "")
			b.sit(room)
			wg.Go(func() { b.writeUntilKilled(room, fmt.Sprint(round, "/", i), acked) })
		}
		haveTexts, haveImages := acked.size()
		waitFor(t, func() bool {
			nowTexts, nowImages := acked.size()
			return nowTexts >= haveTexts+texts/2 && nowImages >= haveImages+pictures/2
		})
		refuseSecondStart(t, program, dir, listen, "another program listens on")
		refuseSecondStart(t, program, dir, "localhost:0", fmt.Sprintf("in use by process %d", p.cmd.Process.Pid))
		saved, backup = acked.clone(), filepath.Join(t.TempDir(), "backup")
		for _, args := range [][]string{{"backup", "--data=" + dir, backup}, {"verify", backup}} {
			if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
				t.Errorf("%v: %v\n%s", args, err, out)
			}
		}
		waitFor(t, func() bool {
			nowTexts, nowImages := acked.size()
			return nowTexts >= haveTexts+texts && nowImages >= haveImages+pictures
		})
		p.kill()
		wg.Wait()

		p = launch(t, program, dir, listen)
		owner.has(room, acked)
	}
	if n, m := acked.size(); n < rounds*texts || m < rounds*pictures {
		t.Errorf("%d messages, %d images", n, m)
	}
	acked.whole = nil // all of them, at the end
	owner.has(room, acked)
	dir = filepath.Join(t.TempDir(), "data")
	if out, err := exec.Command(program, "restore", "--data="+dir, backup).CombinedOutput(); err != nil {
		t.Fatalf("restore: %v\n%s", err, out)
	}
	p = launch(t, program, dir, "localhost:0")
	owner.url = p.url
	owner.has(room, saved)
}

// writeUntilKilled sends texts and images, until nobody answers: 200 a second with the others.
func (b *browser) writeUntilKilled(room, prefix string, acked *record) {
	for n := 0; ; n++ {
		text := fmt.Sprint(prefix, "/", n)
		send := func() (answer, error) { return b.try("POST", "/room/"+room+"/chat", fmt.Sprintf(`{"chat":%q}`, text)) }
		var img []byte
		if n%5 == 1 {
			img = randomImage(n%2 == 1)
			send = func() (answer, error) { return b.upload(room, img) }
		}
		a, err := send()
		if err != nil {
			return // killed
		}
		var reply message
		switch err := json.Unmarshal([]byte(a.body), &reply); {
		case err != nil || a.status != 200:
			b.t.Errorf("%v: %+v", err, a)
			return
		}
		acked.mu.Lock()
		if img == nil {
			acked.texts[reply.ID] = text
		} else {
			acked.images[reply.GIF] = img
		}
		acked.mu.Unlock()
		time.Sleep(time.Second * writers / 200)
	}
}

// has checks that a room's history has no gap and holds all that was acknowledged.
func (b *browser) has(room string, acked *record) {
	b.t.Helper()
	texts, images := map[string]string{}, map[string]bool{}
	for i, m := range b.history(room) {
		if m.Seq != int64(i+1) {
			b.t.Fatalf("message %d has seq %d", i+1, m.Seq)
		}
		texts[m.ID], images[m.GIF] = m.Chat, true
	}
	for id, text := range acked.texts {
		if texts[id] != text {
			b.t.Errorf("%q was acknowledged and is %q", text, texts[id])
		}
	}
	if acked.whole == nil {
		acked.whole = map[string]bool{}
	}
	for name, img := range acked.images {
		if acked.whole[name] {
			continue
		}
		acked.whole[name] = true
		if a := b.do("GET", "/gif/"+name, ""); !images[name] || a.status != 200 || a.body != string(img) {
			b.t.Errorf("%s was acknowledged with %d bytes; in the history: %v, status %d, %d bytes",
				name, len(img), images[name], a.status, len(a.body))
		}
	}
}

// refuseSecondStart starts the program on a folder that is in use.
func refuseSecondStart(t *testing.T, program, dir, listen, reason string) {
	t.Helper()
	out, err := exec.Command(program, "--listen="+listen, "--data="+dir).CombinedOutput()
	if err == nil || !strings.Contains(string(out), reason) || strings.Count(string(out), "\n") != 1 {
		t.Errorf("a second start on %s: %v\n%s", listen, err, out)
	}
}

func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	for start := time.Now(); !done(); time.Sleep(time.Millisecond) {
		if time.Since(start) > patience {
			t.Fatal("it takes too long")
		}
	}
}

// randomImage is a GIF or a PNG, unlike any other.
func randomImage(asGIF bool) []byte {
	img := image.NewPaletted(image.Rect(0, 0, 64, 64), color.Palette{color.Black, color.White})
	rand.Read(img.Pix)
	for i := range img.Pix {
		img.Pix[i] &= 1
	}
	var b bytes.Buffer
	if asGIF {
		gif.Encode(&b, img, nil)
	} else {
		png.Encode(&b, img)
	}
	return b.Bytes()
}
