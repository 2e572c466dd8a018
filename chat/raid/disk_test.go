package raid

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	diskSize    = "24m"
	diskReserve = 6 << 20
	short       = 10              // syllables of a text
	long        = 1900            // the same, nearly 6 KB
	diskTime    = 3 * time.Minute // the whole test ends within
)

// The program on a small file system of its own, again and again until there is no room: a reserve
// that only texts may use, then nothing at all, then kill −9 in the middle. All that was
// acknowledged is there, what was refused isn't, and with room again it goes on by itself.
//
// The file system is mounted where nobody else sees it, by this same test started once more.
func TestR13SmallDisk(t *testing.T) {
	loopback(t)
	if os.Getenv("DISK") == "" {
		t.Skip("NOT RUN: make disk")
	}
	if program := os.Getenv("DISK_PROGRAM"); program != "" {
		smallDisk(t, program)
		return
	}
	if out, err := exec.Command("unshare", "-rm", "true").CombinedOutput(); err != nil {
		t.Skipf("NOT RUN: no file system can be mounted here: %v %s", err, out)
	}
	cmd := exec.Command("unshare", "-rm", os.Args[0], "-test.run=^TestR13SmallDisk$", "-test.v", fmt.Sprint("-test.timeout=", diskTime))
	cmd.Env = append(os.Environ(), "DISK_PROGRAM="+build(t))
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("--- PASS")) {
		t.Errorf("on the small disk: %v", err)
	}
	t.Logf("%s", out)
}

// disk is a file system that can be filled to the last byte.
type disk struct {
	t   *testing.T
	dir string
}

func smallDisk(t *testing.T, path string) {
	ctx, cancel := context.WithTimeout(t.Context(), diskTime)
	defer cancel()
	d := &disk{t, t.TempDir()}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "mode=700,size="+diskSize, "none", d.dir).CombinedOutput(); err != nil {
		t.Fatalf("mount: %v %s", err, out)
	}
	t.Cleanup(func() { exec.Command("umount", d.dir).Run() })
	data := filepath.Join(d.dir, "data")
	limits := []string{"send-per-second=-1", "address-sends-per-second=-1", "room-per-second=-1", "history-per-second=-1",
		"events-per-second=-1", "uploads-per-minute=-1", "offences=-1", "offences-per-address=-1"}
	begin := func(reserve int) *program {
		var args []string
		for _, limit := range append(limits, fmt.Sprint("disk-reserve=", reserve)) {
			args = append(args, "--limit="+limit)
		}
		return start(t, path, data, args...)
	}

	p := begin(diskReserve)
	l := newLedger(t, ctx, p.address)
	d.reserve(ctx, l)
	d.full(ctx, l)
	d.room(ctx, l)
	d.killed(ctx, l, p)
	if q, err := try(t, 0, path, data); err != nil { // the disk is still full
		t.Logf("no start on a full disk: %v", err)
	} else {
		l.owner.server = q.address
		l.check(ctx)
		q.kill()
	}
	d.empty()
	p = begin(diskReserve)
	l.sit(ctx, p.address)
	l.check(ctx)
	l.checkHeard()
	p.end()

	p = begin(-1)
	l.sit(ctx, p.address)
	d.fullOfPictures(ctx, l)
	p.kill()
	d.empty()
	p = begin(-1)
	l.sit(ctx, p.address)
	l.check(ctx)
	l.checkHeard()
	d.leftovers(l)
	t.Logf("%d texts, %d pictures acknowledged, %d texts refused for good; refusals: %v", len(l.kept), len(l.pictures), len(l.refused), l.codes)
	if log := p.log.String(); strings.Contains(log, "panic") {
		t.Errorf("log: %s", log)
	}
	p.end()
}

// reserve fills the disk with pictures, until they are refused; texts go on.
func (d *disk) reserve(ctx context.Context, l *ledger) {
	d.t.Helper()
	what, n := "ok", 0
	for ; what == "ok" && n < 40; n++ {
		what = l.show(ctx, snapshot())
	}
	free := d.free()
	d.t.Logf("picture %d: %s, %d KB are free", n, what, free>>10)
	if what != "NO_SPACE" || free < diskReserve-1<<20 {
		d.t.Errorf("the reserve of %d KB isn't kept: %s with %d KB", diskReserve>>10, what, free>>10)
	}
	for range 50 {
		if what := l.say(ctx, short); what != "ok" && free > 1<<20 {
			d.t.Fatalf("a text beside the reserve: %s", what)
		}
	}
	if err := l.owner.get(ctx, "/readyz", nil); err != nil && free > 1<<20 {
		d.t.Errorf("readyz with a reserve: %v", err)
	}
}

// full leaves no byte: everything that writes is refused in words, what reads goes on.
func (d *disk) full(ctx context.Context, l *ledger) {
	d.t.Helper()
	d.fill()
	inARow := 0
	for n := 0; inARow < 10; n++ {
		if n > 5000 {
			d.t.Fatal("texts are taken without end on a full disk")
		}
		if what := l.say(ctx, long); what == "ok" {
			inARow = 0
		} else if inARow++; what != "UNAVAILABLE" && what != "NO_SPACE" {
			d.t.Fatalf("a text on a full disk: %s", what)
		}
	}
	if !soon(func() bool { return l.owner.get(ctx, "/readyz", nil) != nil }) {
		d.t.Error("readyz says that a full disk is ready")
	}
	for what, err := range map[string]error{
		"a picture": func() error { _, err := l.owner.upload(ctx, l.room, snapshot()); return err }(),
		"a room":    func() error { _, err := l.owner.open(ctx, "no room", "", 10); return err }(),
		"a visitor": newVisitor(l.owner.server, visitors+"1").get(ctx, "/", nil),
	} {
		if code := outcome(err); code != "UNAVAILABLE" && code != "NO_SPACE" {
			d.t.Errorf("%s on a full disk: %s", what, code)
		}
	}
	if err := l.owner.get(ctx, "/healthz", nil); err != nil {
		d.t.Errorf("healthz on a full disk: %v", err)
	}
	l.check(ctx)
}

// room frees the disk: it goes on, also with what was refused before.
func (d *disk) room(ctx context.Context, l *ledger) {
	d.t.Helper()
	d.empty()
	await(d.t, "readyz 200", func() bool { return l.owner.get(ctx, "/readyz", nil) == nil })
	again := 0
	for said := range l.refused {
		if what := l.send(ctx, said, short); what != "ok" {
			d.t.Errorf("%s once more: %s", said, what)
		}
		if again++; again == 5 {
			break
		}
	}
	l.check(ctx)
	l.checkHeard()
}

// killed ends the program at the moment when the disk becomes full under load.
func (d *disk) killed(ctx context.Context, l *ledger, p *program) {
	d.t.Helper()
	d.fill()
	os.Truncate(d.ballast(), max(0, d.size(d.ballast())-1<<20))
	var all sync.WaitGroup
	enough := make(chan struct{})
	var once sync.Once
	for range 8 {
		all.Go(func() {
			for {
				switch what := l.say(ctx, long); what {
				case "cut":
					return
				case "ok":
				default:
					once.Do(func() { close(enough) })
				}
			}
		})
	}
	select {
	case <-enough:
	case <-time.After(patience):
		d.t.Error("the disk doesn't become full")
	}
	p.kill()
	all.Wait()
}

// fullOfPictures fills the disk with pictures, three at a time and without a reserve.
func (d *disk) fullOfPictures(ctx context.Context, l *ledger) {
	d.t.Helper()
	d.fill()
	os.Truncate(d.ballast(), max(0, d.size(d.ballast())-3<<20))
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			for n := 0; n < 20; n++ {
				switch what := l.show(ctx, snapshot()); what {
				case "ok":
				case "NO_SPACE", "UNAVAILABLE":
					return
				default:
					d.t.Errorf("a picture on a full disk: %s", what)
					return
				}
			}
			d.t.Error("pictures are taken without end on a full disk")
		})
	}
	all.Wait()
}

// leftovers fails when a file is there that belongs to no message.
func (d *disk) leftovers(l *ledger) {
	d.t.Helper()
	names, _ := filepath.Glob(filepath.Join(d.dir, "data", "media", "*", "*", "*"))
	for _, name := range names {
		if !l.pictures[filepath.Base(name)] {
			d.t.Errorf("%s was never acknowledged and is kept", name)
		}
	}
	if names, _ := filepath.Glob(filepath.Join(d.dir, "data", "media", "upload-*")); len(names) > 0 {
		d.t.Errorf("uploads under way were left: %q", names)
	}
}

func (d *disk) ballast() string { return filepath.Join(d.dir, "ballast") }

// fill takes what is free.
func (d *disk) fill() {
	d.t.Helper()
	f, err := os.OpenFile(d.ballast(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	block := make([]byte, 4096)
	for err == nil {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		d.t.Fatal(err)
	}
}

// empty gives back what fill took.
func (d *disk) empty() { os.Remove(d.ballast()) }

func (d *disk) size(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		d.t.Fatal(err)
	}
	return info.Size()
}

// free is what df says.
func (d *disk) free() (bytes int64) {
	d.t.Helper()
	out, err := exec.Command("df", "-B1", "--output=avail", d.dir).Output()
	if err != nil {
		d.t.Fatal(err)
	}
	_, number, _ := strings.Cut(string(out), "\n")
	fmt.Sscan(number, &bytes)
	return bytes
}
