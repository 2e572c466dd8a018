package chat_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/chat"
)

// limited checks that err is the refusal of a rate, which says when it is over.
func (k *kit) limited(err error, limit string, n int, least, most time.Duration) {
	k.Helper()
	e, ok := errors.AsType[*chat.Error](err)
	if !ok || e.Code != chat.RateLimited || e.Limit != limit || e.N != n || !e.Retryable || e.RetryAfter < least || e.RetryAfter > most {
		k.Errorf("%+v, want %s (%d) for %v to %v", err, limit, n, least, most)
	}
}

// seated is a visitor from a network with a seat in a room.
func (k *kit) seated(network, room string) chat.Visitor {
	k.Helper()
	v := k.from(network)
	k.join(v, room, "c"+v.ID)
	return v
}

// text sends a message.
func (k *kit) text(who chat.Visitor, room string) error {
	_, _, err := k.Send(k.Context(), who, chat.Post{Room: room, Text: "x"})
	return err
}

func TestD1MessagesOfAVisitor(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		room := k.room(k.visitor(), chat.NewRoom{})
		a, b := k.seated("192.0.2.1", room), k.seated("192.0.2.2", room)
		for range 8 {
			k.check(k.text(a, room))
		}
		k.limited(k.text(a, room), "send-per-second", 2, 400*time.Millisecond, 600*time.Millisecond)
		k.check(k.text(b, room))
		time.Sleep(500 * time.Millisecond)
		k.check(k.text(a, room))
		k.limited(k.text(a, room), "send-per-second", 2, 400*time.Millisecond, 600*time.Millisecond)

		// What is refused for itself had to be looked at.
		time.Sleep(4 * time.Second)
		for i := range 9 {
			_, _, err := k.Send(k.Context(), a, chat.Post{Room: room, Text: strings.Repeat("x", 9000)})
			if i < 8 {
				k.fails(err, chat.TooLong)
			} else {
				k.limited(err, "send-per-second", 2, 400*time.Millisecond, 600*time.Millisecond)
			}
		}
	})
}

// Many identities of one address, and all who are in one room, have limits together.
func TestD1MessagesOfAnAddressAndARoom(t *testing.T) {
	inside(t, chat.Limits{JoinsPerMinute: -1}, func(k *kit) {
		room := k.room(k.visitor(), chat.NewRoom{Max: 100})
		other := k.room(k.visitor(), chat.NewRoom{Max: 100})
		send := func(network, room string, n int) {
			k.Helper()
			var who chat.Visitor
			for i := range n {
				if i%8 == 0 {
					who = k.seated(network, room)
				}
				k.check(k.text(who, room))
			}
		}
		send("192.0.2.1", room, 20)
		k.limited(k.text(k.seated("192.0.2.1", other), other), "address-sends-per-second", 20, time.Second, time.Second)
		for i := range 4 {
			send(fmt.Sprint("192.0.2.", 2+i), room, 20)
		}
		calm := k.seated("192.0.2.9", room)
		k.check(k.text(calm, room))
		k.limited(k.text(calm, room), "room-per-second", 100, time.Second, time.Second)
		k.check(k.text(k.seated("192.0.2.9", other), other))
	})
}

// Ten addresses that keep to their limits fill a room. Who says something now and then is heard.
func TestD1ARoomUnderAttackHearsTheCalm(t *testing.T) {
	fifth := chat.Limits{RoomPerSecond: 20, AddressSendsPerSecond: 4} // of what they are
	inside(t, fifth, func(k *kit) {
		defer k.log.Reset()
		room := k.room(k.visitor(), chat.NewRoom{Max: 200})
		var loud []chat.Visitor
		for i := range 20 {
			loud = append(loud, k.seated(fmt.Sprint("192.0.2.", i%10), room))
		}
		calm := k.seated("198.51.100.1", room)
		heard, refused, tries := 0, 0, 0
		next := time.Now()
		for tick := range 60 * 20 { // a minute
			for i, who := range loud {
				if (tick+i)%10 != 0 { // two a second each
					continue
				}
				if err := k.text(who, room); err != nil {
					refused++
					k.check(k.Refused(who, err))
				}
			}
			if !time.Now().Before(next) {
				tries++
				if err := k.text(calm, room); err == nil {
					heard++
					next = next.Add(3 * time.Second)
				} else {
					e, _ := errors.AsType[*chat.Error](err)
					k.check(k.Refused(calm, err))
					next = time.Now().Add(max(500*time.Millisecond, e.RetryAfter))
				}
			}
			time.Sleep(50 * time.Millisecond)
		}
		if refused < 500 {
			t.Fatalf("only %d were refused: the room wasn't full", refused)
		}
		if heard < 20 || tries > heard {
			t.Errorf("%d messages of the calm in a minute, in %d tries", heard, tries)
		}
	})
}

// The refusal names the limit that lasts longest, and takes nothing of the others.
func TestD1ARefusalTakesNothing(t *testing.T) {
	inside(t, chat.Limits{RoomPerSecond: 10, AddressSendsPerSecond: 12}, func(k *kit) {
		room := k.room(k.visitor(), chat.NewRoom{})
		a := k.seated("192.0.2.1", room)
		for range 8 {
			k.check(k.text(a, room))
		}
		for range 50 {
			k.limited(k.text(a, room), "send-per-second", 2, 400*time.Millisecond, 600*time.Millisecond)
		}
		b, c := k.seated("192.0.2.1", room), k.seated("192.0.2.1", room)
		k.check(k.text(b, room))
		k.check(k.text(c, room)) // the tenth in the room
		k.limited(k.text(c, room), "room-per-second", 10, time.Second, time.Second)
		k.limited(k.text(a, room), "send-per-second", 2, 400*time.Millisecond, 600*time.Millisecond)
		time.Sleep(500 * time.Millisecond)
		k.check(k.text(a, room))
	})
}

func TestD2Joins(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		a := k.visitor()
		var rooms []string
		for range 11 {
			rooms = append(rooms, k.room(k.visitor(), chat.NewRoom{}))
		}
		for _, room := range rooms[:10] {
			k.join(a, room, "1")
		}
		_, err := k.Join(k.Context(), a, chat.JoinRequest{Room: rooms[10], Conn: "1"})
		k.limited(err, "joins-per-minute", 10, 6*time.Second, 6*time.Second)
		// Other connections to a seat are reading.
		for i := range 5 {
			k.join(a, rooms[0], fmt.Sprint("tab ", i))
		}
		_, err = k.Join(k.Context(), a, chat.JoinRequest{Room: rooms[0], Conn: "tab"})
		k.limited(err, "history-per-second", 5, 200*time.Millisecond, 200*time.Millisecond)
		time.Sleep(6 * time.Second)
		k.join(a, rooms[10], "1")
	})
}

// Many identities of one address, and all who come to one room, have limits together.
func TestD2JoinsOfAnAddressAndARoom(t *testing.T) {
	inside(t, chat.Limits{AddressJoinsPerMinute: 20, RoomJoinsPerMinute: 30, RoomNewcomersFree: -1}, func(k *kit) {
		room, other := k.room(k.visitor(), chat.NewRoom{Max: 100}), k.room(k.visitor(), chat.NewRoom{Max: 100})
		join := func(who chat.Visitor, room string) error {
			_, err := k.Join(k.Context(), who, chat.JoinRequest{Room: room, Conn: "1"})
			return err
		}
		first := k.from("192.0.2.1")
		k.check(join(first, room))
		for range 19 {
			k.check(join(k.from("192.0.2.1"), room))
		}
		k.limited(join(k.from("192.0.2.1"), other), "address-joins-per-minute", 20, 3*time.Second, 3*time.Second)
		k.check(join(first, room)) // who has a seat takes none
		for range 10 {
			k.check(join(k.from("192.0.2.2"), room))
		}
		k.limited(join(k.from("192.0.2.3"), room), "room-joins-per-minute", 30, 2*time.Second, 2*time.Second)
		k.check(join(k.from("192.0.2.3"), other))
		time.Sleep(3 * time.Second)
		k.check(join(k.from("192.0.2.1"), other))
	})
}

// A seat that is taken and left again and again is two lines in the room each time.
func TestD2JoinsThatLeaveAgain(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		room := k.room(k.visitor(), chat.NewRoom{Max: 100})
		taken := 0
		for range 60 {
			who := k.from("192.0.2.1")
			for range 10 {
				if _, err := k.Join(k.Context(), who, chat.JoinRequest{Room: room, Conn: "1"}); err != nil {
					k.fails(err, chat.RateLimited)
					continue
				}
				taken++
				k.check(k.Leave(k.Context(), who, room, "1"))
			}
		}
		if taken != 120 {
			t.Errorf("%d seats were taken by one address at once", taken)
		}
	})
}

func TestD2TextsOfADay(t *testing.T) {
	inside(t, chat.Limits{AddressTextDay: 86_400, MessageBytes: 40_000, MessageGraphemes: 40_000}, func(k *kit) {
		room := k.room(k.visitor(), chat.NewRoom{})
		send := func(who chat.Visitor, n int) error {
			_, _, err := k.Send(k.Context(), who, chat.Post{Room: room, Text: strings.Repeat("x", n)})
			return err
		}
		a, b := k.seated("192.0.2.1", room), k.seated("192.0.2.1", room)
		k.check(send(a, 40_000))
		k.check(send(b, 40_000))
		k.limited(send(a, 10_000), "address-text-day", 1, time.Hour-time.Second, time.Hour+time.Second)
		k.check(send(b, 6_400))
		k.limited(send(b, 1), "address-text-day", 1, time.Second, time.Second)
		k.check(send(k.seated("192.0.2.2", room), 10_000))
		time.Sleep(time.Hour)
		k.check(send(a, 3600))
	})
}

// Quotas that are larger than time.
func TestAbsurdLimits(t *testing.T) {
	l := chat.Limits{AddressTextDay: 1, SendPerSecond: 1e-300, HandshakesPerSecond: 1e300, SessionsPerMinute: 1e-300, UploadDay: 1 << 62}
	inside(t, l, func(k *kit) {
		room := k.room(k.visitor(), chat.NewRoom{})
		a := k.seated("192.0.2.1", room)
		k.check(k.text(a, room))
		for range 3 {
			k.limited(k.text(a, room), "address-text-day", 1, time.Hour, 25*time.Hour)
			k.check(k.Knock("192.0.2.1"))
		}
		_, _, err := k.NewSession(k.Context(), "ko", "192.0.2.1")
		k.check(err)
		_, _, err = k.NewSession(k.Context(), "ko", "192.0.2.1")
		k.limited(err, "sessions-per-minute", 0, 800_000*time.Hour, 1e6*time.Hour)
	})
}

func TestD2History(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		room := k.room(k.visitor(), chat.NewRoom{})
		read := func(who chat.Visitor) error {
			_, err := k.History(k.Context(), who, chat.HistoryQuery{Room: room})
			return err
		}
		for _, who := range []chat.Visitor{k.from("192.0.2.1"), k.from("192.0.2.1"), {From: "192.0.2.1"}, {From: "192.0.2.2"}} {
			for range 5 {
				k.check(read(who))
			}
			k.limited(read(who), "history-per-second", 5, 200*time.Millisecond, 200*time.Millisecond)
		}
	})
}

func TestD2RoomsOfAnAddress(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		const network = "192.0.2.1"
		open := func(who chat.Visitor, cid string) (string, bool, error) {
			r, dup, err := k.CreateRoom(k.Context(), who, chat.NewRoom{Title: "마당", CID: cid})
			return r.ID, dup, err
		}
		a := k.from(network)
		first, _, err := open(a, "first")
		k.check(err)
		for range 20 { // asking again opens nothing
			if id, dup, err := open(a, "first"); err != nil || !dup || id != first {
				t.Fatalf("again: %s, dup %v, %v", id, dup, err)
			}
		}
		for range 4 {
			_, _, err := open(k.from(network), "")
			k.check(err)
		}
		b := k.from(network)
		_, _, err = open(b, "")
		k.limited(err, "creates-per-address", 5, 2*time.Minute, 2*time.Minute)
		if _, dup, err := open(a, "first"); err != nil || !dup {
			t.Errorf("again: dup %v, %v", dup, err)
		}
		_, _, err = open(k.from("192.0.2.2"), "")
		k.check(err)
		time.Sleep(2 * time.Minute)
		_, _, err = open(b, "")
		k.check(err)
	})
}

// Nor does it open very many in a day, whatever becomes of them.
func TestD2RoomsOfADay(t *testing.T) {
	inside(t, chat.Limits{CreatesPerAddress: -1, AddressRoomDay: 24, UnvisitedGrace: time.Minute}, func(k *kit) {
		const network = "192.0.2.1"
		open := func(from string) error {
			_, _, err := k.CreateRoom(k.Context(), k.from(from), chat.NewRoom{Title: "마당"})
			return err
		}
		for range 24 {
			k.check(open(network))
			time.Sleep(time.Second)
		}
		time.Sleep(10 * time.Minute) // they are gone
		k.limited(open(network), "address-room-day", 24, 40*time.Minute, time.Hour)
		k.check(open("192.0.2.2"))
		time.Sleep(50 * time.Minute)
		k.check(open(network))
		k.limited(open(network), "address-room-day", 24, 50*time.Minute, time.Hour)
	})
}

// What is full is told as what it is, and a room that wasn't opened isn't counted.
func TestD2RoomsThatAreRefused(t *testing.T) {
	inside(t, chat.Limits{Rooms: 7, CreatesPerAddress: 8, UnvisitedGrace: time.Hour}, func(k *kit) {
		open := func(who chat.Visitor) error {
			_, _, err := k.CreateRoom(k.Context(), who, chat.NewRoom{Title: "마당"})
			return err
		}
		a := k.from("192.0.2.1")
		for range 5 {
			k.check(open(a))
		}
		for range 20 {
			err := open(a)
			if e, ok := errors.AsType[*chat.Error](err); !ok || e.Code != chat.TooManyRooms || e.Limit != "rooms-per-identity" || e.N != 5 || e.Retryable {
				t.Fatalf("%+v", err)
			}
		}
		b := k.from("192.0.2.1")
		k.check(open(b))
		last := k.room(b, chat.NewRoom{})
		for range 20 {
			err := open(k.from("192.0.2.1"))
			if e, ok := errors.AsType[*chat.Error](err); !ok || e.Code != chat.ServerFull || e.Limit != "rooms" || e.N != 7 {
				t.Fatalf("%+v", err)
			}
		}
		k.check(k.CloseRoom(k.Context(), b, last))
		k.check(open(k.from("192.0.2.1")))
	})
}

// A room whose password couldn't be hashed isn't counted either.
func TestD2RoomsThatFail(t *testing.T) {
	inside(t, chat.Limits{Hashing: 1, HashingQueue: 1}, func(k *kit) {
		k.HashCheaply()
		room := k.room(k.visitor(), chat.NewRoom{Password: "open sesame"})
		var wg sync.WaitGroup
		for i := range 2 { // who hash, and wait
			who := k.from(fmt.Sprint("198.51.100.", i))
			wg.Go(func() { k.guess(who, room, "guess", chat.WrongPassword) })
		}
		synctest.Wait()
		open := func() error {
			_, _, err := k.CreateRoom(k.Context(), k.from("192.0.2.1"), chat.NewRoom{Title: "마당", Password: "sesame"})
			return err
		}
		for range 20 {
			k.fails(open(), chat.Unavailable)
		}
		wg.Wait()
		for range 5 {
			k.check(open())
		}
		k.fails(open(), chat.RateLimited)
	})
}

// Who has a whole IPv6 site hasn't 65,536 addresses for it.
func TestD2Sites(t *testing.T) {
	inside(t, chat.Limits{AddressesPerSite: 3, Rooms: -1}, func(k *kit) {
		n := 0
		for i := range 50 {
			who := k.from(fmt.Sprintf("2001:db8:7:%x::/64", i))
			if _, _, err := k.CreateRoom(k.Context(), who, chat.NewRoom{Title: "마당"}); err == nil {
				n++
			} else {
				k.limited(err, "creates-per-address", 5, time.Second, 10*time.Minute)
			}
		}
		if n != 15 {
			t.Errorf("%d rooms from one site", n)
		}
		_, _, err := k.CreateRoom(k.Context(), k.from("2001:db8:8:1::/64"), chat.NewRoom{Title: "마당"})
		k.check(err)
	})
}

// Who is neither a visitor nor at an address isn't one with all others like that.
func TestNobodyIsCounted(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		room := k.room(k.visitor(), chat.NewRoom{})
		for range 30 {
			_, err := k.History(k.Context(), chat.Visitor{}, chat.HistoryQuery{Room: room})
			k.check(err)
			k.list(chat.LobbyQuery{})
		}
		for _, who := range []chat.Visitor{{From: "192.0.2.1"}, k.from("192.0.2.1")} {
			for range 5 {
				_, err := k.Lobby(who, chat.LobbyQuery{})
				k.check(err)
			}
			_, err := k.Lobby(who, chat.LobbyQuery{})
			k.limited(err, "lists-per-second", 5, 200*time.Millisecond, 200*time.Millisecond)
		}
	})
}

// A negative limit is none, and no address isn't counted.
func TestLimitsThatAreOff(t *testing.T) {
	inside(t, chat.Limits{SendPerSecond: -1, AddressSendsPerSecond: -1, CreatesPerAddress: -1, HistoryPerSecond: -1, Rooms: -1, RoomsPerIdentity: -1}, func(k *kit) {
		a, b := k.from("192.0.2.1"), k.visitor()
		for range 30 {
			room := k.room(a, chat.NewRoom{})
			k.room(b, chat.NewRoom{})
			_, err := k.History(k.Context(), a, chat.HistoryQuery{Room: room})
			k.check(err)
		}
		room := k.room(a, chat.NewRoom{})
		k.join(a, room, "1")
		for range 60 {
			k.check(k.text(a, room))
		}
	})
}

// One address reads at a pace, however many visitors it has.
func TestD2ReadsOfAnAddress(t *testing.T) {
	inside(t, chat.Limits{AddressReadsPerSecond: 5}, func(k *kit) {
		room := k.room(k.visitor(), chat.NewRoom{})
		read := func(from string) error {
			_, err := k.History(k.Context(), k.from(from), chat.HistoryQuery{Room: room})
			return err
		}
		for range 10 {
			k.check(read("192.0.2.1"))
		}
		k.limited(read("192.0.2.1"), "address-reads-per-second", 5, time.Second, 2*time.Second)
		_, err := k.Lobby(k.from("192.0.2.1"), chat.LobbyQuery{Title: "x"})
		k.limited(err, "address-reads-per-second", 5, time.Second, 2*time.Second)
		k.check(read("192.0.2.2"))
		time.Sleep(time.Second)
		k.check(read("192.0.2.1"))
	})
}
