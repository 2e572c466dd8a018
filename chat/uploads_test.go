package chat_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
)

// upload sends an image whose size was declared.
func (k *kit) upload(who chat.Visitor, room string, p chat.Post, media chat.Media) (chat.Message, bool, error) {
	k.Helper()
	u, err := k.Upload(who, room, media.Bytes)
	k.check(err)
	defer u.End()
	return u.Send(k.Context(), p, media)
}

// picture is an image of that size.
func picture(n int, bytes int64) chat.Media {
	m := image(n)
	m.Bytes = bytes
	return m
}

// noSpace checks that err is the refusal of images for want of space.
func (k *kit) noSpace(err error, limit string, n int) {
	k.Helper()
	e, ok := errors.AsType[*chat.Error](err)
	if !ok || e.Code != chat.NoSpace || e.Limit != limit || e.N != n {
		k.Errorf("%+v, want %s (%d)", err, limit, n)
	}
}

func TestD2Uploads(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		room := k.room(k.visitor(), chat.NewRoom{})
		a := k.seated("192.0.2.1", room)
		for range 6 { // whatever becomes of them
			u, err := k.Upload(a, room, 100)
			k.check(err)
			u.End()
		}
		_, err := k.Upload(a, room, 100)
		k.limited(err, "uploads-per-minute", 6, 10*time.Second, 10*time.Second)
		k.check(k.text(a, room))
		time.Sleep(10 * time.Second)
		_, err = k.Upload(a, room, 100)
		k.check(err)
	})
}

// Of the quotas of a day only what is kept is taken, and what is under way counts.
func TestD2UploadsOfADay(t *testing.T) {
	inside(t, chat.Limits{UploadsPerMinute: -1, UploadDay: 10e6, AddressUploadDay: 22e6}, func(k *kit) {
		room := k.room(k.visitor(), chat.NewRoom{})
		n := 0
		up := func(who chat.Visitor, bytes int64) error {
			n++
			u, err := k.Upload(who, room, bytes)
			if err != nil {
				return err
			}
			defer u.End()
			_, _, err = u.Send(k.Context(), chat.Post{CID: fmt.Sprint(n)}, picture(n, bytes))
			return err
		}
		a := k.seated("192.0.2.1", room)
		k.check(up(a, 4e6))
		second, err := k.Upload(a, room, 4e6)
		k.check(err)
		k.limited(up(a, 4e6), "upload-day", 10, 4*time.Hour, 5*time.Hour)
		second.End()
		second.End()
		for range 20 { // what fails takes nothing
			u, err := k.Upload(a, room, 5e6)
			k.check(err)
			_, _, err = u.Send(k.Context(), chat.Post{Text: strings.Repeat("x", 9000)}, picture(99, 5e6))
			k.fails(err, chat.TooLong)
		}
		third, err := k.Upload(a, room, -1) // nothing is declared: the largest image
		k.check(err)
		_, _, err = third.Send(k.Context(), chat.Post{}, picture(98, 1e6))
		k.check(err)
		k.check(up(a, 5e6))
		k.limited(up(a, 1e6), "upload-day", 10, 2*time.Hour, 3*time.Hour)

		b, c := k.seated("192.0.2.1", room), k.seated("192.0.2.1", room)
		k.check(up(b, 5e6))
		k.check(up(b, 5e6))
		k.limited(up(c, 5e6), "address-upload-day", 22, 3*time.Hour, 4*time.Hour)
		k.check(up(c, 2e6)) // the refusal took nothing
		k.check(up(k.seated("192.0.2.2", room), 5e6))
		k.check(k.text(a, room))
		time.Sleep(24 * time.Hour)
		k.check(up(a, 5e6))
	})
}

func TestD2ImagesInAll(t *testing.T) {
	l := chat.Limits{UploadsPerMinute: -1, MediaTotal: 10e6, JoinsPerMinute: -1, RestartGrace: time.Hour}
	inside(t, l, func(k *kit) {
		owner := k.visitor()
		room, other := k.room(owner, chat.NewRoom{}), k.room(owner, chat.NewRoom{})
		a := k.seated("192.0.2.1", room)
		k.join(a, other, "o")
		if _, _, err := k.upload(a, room, chat.Post{}, picture(1, 4e6)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := k.upload(a, other, chat.Post{CID: "same"}, picture(2, 4e6)); err != nil {
			t.Fatal(err)
		}
		refused := func(bytes int64) {
			t.Helper()
			_, err := k.Upload(a, room, bytes)
			k.noSpace(err, "media-total", 10)
		}
		refused(3e6)
		if _, dup, err := k.upload(a, other, chat.Post{CID: "same"}, picture(3, 2e6)); err != nil || !dup {
			t.Errorf("again: dup %v, %v", dup, err)
		}
		first, err := k.Upload(a, room, 2e6)
		k.check(err)
		k.check(first.Came(2e6))
		refused(1)
		first.End()
		k.check(k.text(a, room))

		// The sum outlasts a restart; a room that goes gives its images' space back.
		k.check(k.Close())
		k.start()
		refused(3e6)
		k.check(k.CloseRoom(k.Context(), owner, other))
		_, _, err = k.upload(a, room, chat.Post{}, picture(4, 5e6))
		k.check(err)
		refused(2e6)
		k.check(k.CloseRoom(k.Context(), owner, room))
		room = k.room(owner, chat.NewRoom{})
		k.join(a, room, "again")
		for i := range 2 {
			if _, _, err := k.upload(a, room, chat.Post{}, picture(5+i, 5e6)); err != nil {
				t.Fatal(err)
			}
		}
		refused(1)
	})
}

// Many at once don't pass together what they can't pass one by one.
func TestD2UploadsAtOnce(t *testing.T) {
	inside(t, chat.Limits{UploadsPerMinute: -1, UploadDay: -1, MediaTotal: 500e3}, func(k *kit) {
		room := k.room(k.visitor(), chat.NewRoom{})
		a := k.seated("192.0.2.1", room)
		var mu sync.Mutex
		var all []*chat.Upload
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				u, err := k.Upload(a, room, 50e3)
				if err == nil {
					mu.Lock()
					defer mu.Unlock()
					all = append(all, u)
				} else {
					k.noSpace(err, "media-total", 1)
				}
			})
		}
		wg.Wait()
		if len(all) != 10 {
			t.Errorf("%d uploads of 50 kB under way", len(all))
		}
		for _, u := range slices.Backward(all) {
			u.End()
		}
		_, err := k.Upload(a, room, 250e3)
		k.check(err)
	})
}

// To announce images and to send nothing takes no space that others need, and what is in the way
// for a while alone is said to be so.
func TestD2AnnouncedUploads(t *testing.T) {
	inside(t, chat.Limits{UploadsPerMinute: -1, UploadDay: -1, AddressUploadDay: -1, AddressUploadsAtOnce: -1, MediaTotal: 10e6}, func(k *kit) {
		room := k.room(k.visitor(), chat.NewRoom{})
		a := k.seated("192.0.2.1", room)
		waits := func(err error, wait time.Duration) {
			t.Helper()
			k.noSpace(err, "media-total", 10)
			if e, ok := errors.AsType[*chat.Error](err); !ok || e.Retryable != (wait > 0) || e.RetryAfter != wait {
				t.Errorf("%+v", err)
			}
		}
		var idle []*chat.Upload
		for range 20 {
			u, err := k.Upload(a, room, -1)
			k.check(err)
			idle = append(idle, u)
		}
		_, _, err := k.upload(a, room, chat.Post{}, picture(1, 5e6))
		k.check(err)
		waits(idle[0].Came(4e6), 30*time.Second)
		k.check(idle[1].Came(3e6))
		_, err = k.Upload(a, room, 1e6)
		waits(err, 30*time.Second)
		_, err = k.Upload(a, room, -1)
		waits(err, 0) // not even when all the others end
		for _, u := range idle {
			u.End()
		}
		_, _, err = k.upload(a, room, chat.Post{}, picture(2, 4e6))
		k.check(err)
		u, err := k.Upload(a, room, 1e6)
		k.check(err)
		for all := int64(0); all <= 1e6; all += 500 {
			k.check(u.Came(all))
		}
		_, err = k.Upload(a, room, 1)
		waits(err, 30*time.Second)
		_, _, err = u.Send(k.Context(), chat.Post{CID: "last"}, picture(3, 1e6))
		k.check(err)
		_, err = k.Upload(a, room, 1)
		waits(err, 0)
	})
}

// Images stop before the disk is full, so that texts go on.
func TestD2DiskReserve(t *testing.T) {
	inside(t, chat.Limits{UploadsPerMinute: -1, DiskReserve: 500e6}, func(k *kit) {
		f := k.o.Files.(*files)
		room := k.room(k.visitor(), chat.NewRoom{})
		a := k.seated("192.0.2.1", room)
		f.free = 503e6
		_, err := k.Upload(a, room, 4e6)
		k.noSpace(err, "disk-reserve", 500)
		_, _, err = k.upload(a, room, chat.Post{}, picture(1, 2e6))
		k.check(err)
		under, err := k.Upload(a, room, 2e6)
		k.check(err)
		k.check(under.Came(2e6))
		_, err = k.Upload(a, room, 2e6)
		k.noSpace(err, "disk-reserve", 500)
		k.check(k.text(a, room))
		under.End()
		f.free = 0 // nobody knows
		_, err = k.Upload(a, room, 4e6)
		k.check(err)
	})
}

// What a rate refuses holds no space.
func TestD2RefusedUploadsHoldNothing(t *testing.T) {
	inside(t, chat.Limits{UploadsPerMinute: 1, MediaTotal: 10e6}, func(k *kit) {
		room := k.room(k.visitor(), chat.NewRoom{})
		a, b := k.seated("192.0.2.1", room), k.seated("192.0.2.2", room)
		u, err := k.Upload(a, room, 5e6)
		k.check(err)
		u.End()
		for range 20 {
			_, err := k.Upload(a, room, 5e6)
			k.limited(err, "uploads-per-minute", 1, time.Minute, time.Minute)
		}
		_, err = k.Upload(b, room, 5e6)
		k.check(err)
	})
}

// Slow uploads of one address hold a part of the quotas alone, whoever makes them.
func TestD2SlowUploadsOfAnAddress(t *testing.T) {
	inside(t, chat.Limits{AddressUploadsAtOnce: 3, AddressesPerSite: 2, UploadsPerMinute: -1}, func(k *kit) {
		room := k.room(k.visitor(), chat.NewRoom{Max: 100})
		var under []*chat.Upload
		up := func(from string) error {
			u, err := k.Upload(k.seated(from, room), room, 100)
			if err == nil {
				under = append(under, u)
			}
			return err
		}
		for range 3 {
			k.check(up("192.0.2.1"))
		}
		k.limited(up("192.0.2.1"), "address-uploads-at-once", 3, 5*time.Second, 5*time.Second)
		k.check(up("192.0.2.2"))
		for i := range 6 { // two addresses' of a site
			k.check(up(fmt.Sprintf("2001:db8:1:%d::/64", i)))
		}
		k.limited(up("2001:db8:1:9::/64"), "address-uploads-at-once", 3, 5*time.Second, 5*time.Second)
		k.check(up("2001:db8:2:9::/64"))
		for _, u := range under {
			u.End()
			u.End()
		}
		for range 3 {
			k.check(up("192.0.2.1"))
		}
		if _, _, err := under[len(under)-1].Send(k.Context(), chat.Post{CID: "sent"}, picture(1, 100)); err != nil {
			t.Error(err)
		}
		k.check(up("192.0.2.1"))
		k.limited(up("192.0.2.1"), "address-uploads-at-once", 3, 5*time.Second, 5*time.Second)
		for _, u := range under { // what is refused holds nothing
			u.End()
		}
		k.check(up("192.0.2.1"))
	})
}

// What is left of the day is told before it is used up: of one's own, or of the address' where that
// is less. What is on its way counts, and what failed or was given up doesn't.
func TestF9AllowanceOfTheDay(t *testing.T) {
	inside(t, chat.Limits{UploadsPerMinute: -1, UploadDay: 10e6, AddressUploadDay: 12e6}, func(k *kit) {
		room := k.room(k.visitor(), chat.NewRoom{})
		a, b := k.seated("192.0.2.1", room), k.seated("192.0.2.1", room)
		is := func(who chat.Visitor, left, most int64) {
			t.Helper()
			got := k.Allowance(who)
			if got.Most != most || got.Left < left-1 || got.Left > left {
				t.Errorf("%+v, want %d of %d", got, left, most)
			}
		}
		is(a, 10e6, 10e6)
		under, err := k.Upload(a, room, 4e6)
		k.check(err)
		is(a, 6e6, 10e6)
		under.End()
		is(a, 10e6, 10e6)
		if _, _, err := k.upload(a, room, chat.Post{}, picture(1, 4e6)); err != nil {
			t.Fatal(err)
		}
		is(a, 6e6, 10e6)
		is(b, 8e6, 12e6)
		time.Sleep(12 * time.Hour)
		is(a, 10e6, 10e6)
	})
	inside(t, chat.Limits{UploadDay: -1, AddressUploadDay: -1}, func(k *kit) {
		if got := k.Allowance(k.visitor()); got != (chat.Allowance{}) {
			t.Errorf("%+v without a limit", got)
		}
	})
}

// The images of a message are few, each no larger than one may be, and a line is said of each.
func TestF7PicturesOfAMessage(t *testing.T) {
	inside(t, chat.Limits{UploadsPerMinute: -1, SendPerSecond: -1, Pictures: 3}, func(k *kit) {
		room := k.room(k.visitor(), chat.NewRoom{})
		a := k.seated("192.0.2.1", room)
		send := func(media ...chat.Media) (chat.Message, error) {
			u, err := k.Upload(a, room, 6e6)
			k.check(err)
			defer u.End()
			m, _, err := u.Send(k.Context(), chat.Post{}, media...)
			return m, err
		}
		with := func(n int, alt string) chat.Media {
			m := picture(n, 1000)
			m.Alt = alt
			return m
		}
		m, err := send(with(1, " 수달\n둘 "), with(2, "\u200b"), with(3, strings.Repeat("가", 300)))
		k.check(err)
		if len(m.Media) != 3 || m.Media[0].Alt != "수달 둘" || m.Media[1].Alt != "" || m.Media[0].Room != room {
			t.Errorf("sent %+v", m.Media)
		}
		if left := k.Allowance(a); left.Most-left.Left != 3000 {
			t.Errorf("%+v after 3000 bytes", left)
		}
		_, err = send(with(4, strings.Repeat("가", 301)))
		k.fails(err, chat.TooLong)
		_, err = send(with(4, ""), with(5, ""), with(6, ""), with(7, ""))
		k.fails(err, chat.BadRequest)
		_, err = send()
		k.fails(err, chat.BadRequest)
		_, err = send(with(4, ""), picture(5, 6e6))
		k.fails(err, chat.TooLarge)
		if left := k.Allowance(a); left.Most-left.Left != 3000 {
			t.Errorf("%+v: what was refused took something", left)
		}
	})
}
