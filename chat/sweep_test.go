package chat_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/sqlite"
)

// Files that no message knows go after a day in which the House was open, and one that can't be
// removed doesn't keep the others.
func TestLeftOverFiles(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		f := k.o.Files.(*files)
		f.stick(image(2).Name)
		stored := map[string]time.Time{}
		for n := range 4 {
			stored[image(n).Name] = time.Now()
		}
		f.put(stored)
		day := func(what string, want ...string) {
			t.Helper()
			time.Sleep(24*time.Hour + 30*time.Minute)
			synctest.Wait()
			gone := f.gone()
			if slices.Sort(gone); !slices.Equal(gone, want) {
				t.Errorf("%s: removed %v, want %v", what, gone, want)
			}
		}
		time.Sleep(23 * time.Hour)
		for range 2 { // the day begins anew
			k.check(k.Close())
			k.start()
			time.Sleep(23 * time.Hour)
		}
		if gone := f.gone(); len(gone) > 0 {
			t.Errorf("removed too early: %v", gone)
		}
		day("the first day", image(0).Name, image(1).Name, image(3).Name)
		if !strings.Contains(k.log.String(), "left-over files not removed") || !strings.Contains(k.log.String(), "stuck") {
			t.Errorf("log: %s", k.log)
		}
		f.stick("")
		day("the stuck one", image(2).Name)
		k.log.Reset()
	})
}

// The file of a deleted image, whose removal was interrupted, goes within a minute of the next
// start, whatever it was deleted with: its message, its room or with time.
func TestM4InterruptedRemovals(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		f := k.o.Files.(*files)
		for n, remove := range []func(room string, owner chat.Visitor, seq int64) error{
			func(room string, owner chat.Visitor, seq int64) error {
				_, err := k.DeleteMessage(k.Context(), owner, room, seq)
				return err
			},
			func(room string, owner chat.Visitor, _ int64) error { return k.CloseRoom(k.Context(), owner, room) },
			func(room string, owner chat.Visitor, _ int64) error {
				day := chat.Day
				_, err := k.ChangeRoom(k.Context(), owner, room, chat.RoomChange{History: &day})
				time.Sleep(25 * time.Hour)
				return err
			},
		} {
			room, owner, _ := k.party(0)
			u, err := k.Upload(owner, room, 60)
			k.check(err)
			m, _, err := u.Send(k.Context(), chat.Post{}, image(n))
			k.check(err)
			name := m.Media[0].Name
			f.stick(name) // as far as it came
			k.check(remove(room, owner, m.Seq))
			if _, err := k.Media(k.Context(), name); chat.CodeOf(err) != chat.NotFound || slices.Contains(f.gone(), name) {
				t.Fatalf("%d: %v", n, err)
			}
			k.check(k.Close())
			f.stick("")
			k.start()
			time.Sleep(time.Minute)
			synctest.Wait()
			if gone := f.gone(); !slices.Contains(gone, name) {
				t.Errorf("%d: removed %v", n, gone)
			}
			if left, err := k.o.Store.RemovedFiles(k.Context()); err != nil || len(left) > 0 {
				t.Errorf("%d: %v is left to remove, %v", n, left, err)
			}
		}
		k.log.Reset()
	})
}

// Whoever puts last week's database into the folder, and after some days the right one again, has
// all images, also when the server was started again in between.
func TestWrongDatabaseLosesNoImage(t *testing.T) {
	inside(t, chat.Limits{SeatGrace: 1000 * time.Hour, RestartGrace: 1000 * time.Hour}, func(k *kit) {
		f := k.o.Files.(*files)
		copyTo := func(from, to string) {
			data, err := os.ReadFile(from)
			k.check(err)
			k.check(os.WriteFile(to, data, 0o600))
		}
		restart := func(change func()) {
			time.Sleep(time.Minute) // a mark is made by the next change
			k.visitor()
			k.check(k.Close())
			change()
			k.start()
		}
		owner := k.visitor()
		room := k.room(owner, chat.NewRoom{Life: chat.Always})
		k.join(owner, room, "a")
		restart(func() { copyTo(k.path, k.path+".older") })
		m := image(1)
		_, _, err := k.upload(owner, room, chat.Post{}, m)
		k.check(err)
		sent := time.Now()
		f.put(map[string]time.Time{m.Name: sent})
		time.Sleep(7 * 24 * time.Hour)

		restart(func() { copyTo(k.path, k.path+".newer"); copyTo(k.path+".older", k.path) })
		for range 2 {
			_, err := k.House.Media(k.Context(), m.Name)
			k.fails(err, chat.NotFound)
			f.put(map[string]time.Time{m.Name: sent, image(2).Name: time.Now()})
			time.Sleep(3 * 24 * time.Hour)
			restart(func() {})
		}
		if gone := f.gone(); !slices.Equal(gone, []string{image(2).Name, image(2).Name}) {
			t.Errorf("removed %v, want what was new and unknown", gone)
		}
		restart(func() { copyTo(k.path+".newer", k.path) })
		time.Sleep(3 * 24 * time.Hour)
		if gone := f.gone(); len(gone) > 0 {
			t.Errorf("removed %v", gone)
		}
		if all := k.join(owner, room, "a").Messages; len(all) != 3 || all[2].Media == nil {
			t.Errorf("messages %+v", all)
		}
	})
}

// The rooms of a restored database stay a day, so that their people can find them again.
func TestO3RestoredRoomsStayADay(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		owner, guest := k.visitor(), k.visitor()
		left, full := k.room(owner, chat.NewRoom{Life: chat.UntilEmpty}), k.room(owner, chat.NewRoom{Life: chat.UntilEmpty})
		k.join(owner, full, "a")
		k.check(k.Close())
		time.Sleep(time.Second)
		k.check(sqlite.Renew(k.Context(), k.path))
		began := time.Now()
		k.start()
		fresh := k.room(owner, chat.NewRoom{Life: chat.UntilEmpty})
		open := func(want ...string) {
			t.Helper()
			synctest.Wait()
			for _, room := range []string{left, full, fresh} {
				if _, err := k.Room(room); (err == nil) != slices.Contains(want, room) {
					t.Errorf("after %v: room %d: %v", time.Since(began), slices.Index([]string{left, full, fresh}, room), err)
				}
			}
		}
		time.Sleep(12 * time.Hour)
		open(left, full)
		k.check(k.Close()) // a start in between changes nothing
		k.start()
		k.join(guest, left, "a")
		k.check(k.Leave(k.Context(), guest, left, "a"))
		k.join(guest, full, "a")
		time.Sleep(12*time.Hour - time.Second)
		open(left, full)
		time.Sleep(time.Second)
		open(full)
		k.check(k.Leave(k.Context(), guest, full, "a"))
		time.Sleep(29 * time.Second)
		open(full)
		time.Sleep(time.Second)
		open()
	})
}

// ahead is a store whose epoch began when the clock was years ahead.
type ahead struct{ chat.Store }

func (ahead) Began() time.Time { return time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC) }

// A clock that was ahead once delays what is removed by a day, not by years.
func TestEpochFromTheFuture(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		room := k.room(k.visitor(), chat.NewRoom{})
		k.check(k.Close())
		time.Sleep(time.Second)
		store, err := sqlite.Open(k.Context(), k.path, sqlite.Options{Durability: sqlite.Normal})
		k.check(err)
		k.o.Store = ahead{store}
		f := k.o.Files.(*files)
		f.put(map[string]time.Time{image(0).Name: time.Now()}) // before the first search for it
		k.House, err = chat.Open(k.Context(), k.o)
		k.check(err)
		time.Sleep(24*time.Hour - time.Second)
		synctest.Wait()
		if _, err := k.Room(room); err != nil || len(f.gone()) > 0 {
			t.Errorf("within a day: %v", err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if _, err := k.Room(room); err == nil {
			t.Error("the room stays")
		}
		if gone := f.gone(); !slices.Equal(gone, []string{image(0).Name}) {
			t.Errorf("removed %v", gone)
		}
	})
}
