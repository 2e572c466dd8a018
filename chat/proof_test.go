package chat_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/chat"
)

// crowded are limits that a few people go beyond.
var crowded = chat.Limits{RoomNewcomers: 2, RoomNewcomersFree: 4, NewcomersFree: 8, ProofBits: 6, ProofBitsMost: 8,
	MaxDefault: 100}

// work finds a proof, as docs/chat/raid.md says.
func work(p *chat.Proof) string {
	for n := 0; ; n++ {
		proof := p.Challenge + ":" + strconv.Itoa(n)
		if zeros(proof) >= p.Bits {
			return proof
		}
	}
}

func zeros(proof string) (n int) {
	for _, b := range sha256.Sum256([]byte(proof)) {
		n += bits.LeadingZeros8(b)
		if b != 0 {
			break
		}
	}
	return n
}

// asked is the work that a join was refused for want of.
func (k *kit) asked(who chat.Visitor, room string) *chat.Proof {
	k.Helper()
	_, err := k.Join(k.Context(), who, chat.JoinRequest{Room: room, Conn: "x"})
	k.fails(err, chat.ProofNeeded)
	e, ok := errors.AsType[*chat.Error](err)
	if !ok || e.Proof == nil || !e.Retryable || e.RetryAfter != 10*time.Second || e.Limit == "" {
		k.Fatalf("%#v", err)
	}
	return e.Proof
}

// Beyond a rate newcomers work before they come in; those who were there before don't.
func TestM22NewcomersWork(t *testing.T) {
	inside(t, crowded, func(k *kit) {
		owner, old := k.visitor(), k.visitor()
		room := k.room(owner, chat.NewRoom{})
		k.join(owner, room, "1")
		k.join(old, room, "1")
		k.check(k.Leave(k.Context(), old, room, "1"))
		time.Sleep(time.Minute)
		for range 4 {
			k.join(k.visitor(), room, "1")
		}
		late := k.visitor()
		p := k.asked(late, room)
		if p.Bits != 6 {
			k.Errorf("%d bits", p.Bits)
		}
		k.join(old, room, "1")
		k.check(k.Leave(k.Context(), owner, room, "1"))
		k.join(owner, room, "2")

		// Nothing but the work of this session for this room counts, and each once.
		other := k.visitor()
		otherRoom := k.room(owner, chat.NewRoom{})
		proof := work(p)
		wrong := p.Challenge + ":0"
		for n := 0; zeros(wrong) >= p.Bits; n++ {
			wrong = fmt.Sprint(p.Challenge, ":", n)
		}
		for _, bad := range []string{"", ":", wrong, p.Challenge, p.Challenge + ":", p.Challenge + ":-1", "x" + proof[1:], proof + " ",
			strings.Repeat("A", 39) + ":1", p.Challenge + ":" + strings.Repeat("1", 10_000)} {
			k.Prove(late, room, bad)
			k.asked(late, room)
		}
		k.Prove(other, room, proof)
		k.asked(other, room)
		k.Prove(late, otherRoom, proof)
		k.asked(late, room)
		k.Prove(late, room, proof)
		k.join(late, room, "1")

		// Twice as many have twice the work, up to a bound.
		for range 4 {
			who := k.visitor()
			k.Prove(who, room, work(k.asked(who, room)))
			k.join(who, room, "1")
		}
		if p := k.asked(k.visitor(), room); p.Bits != 7 {
			k.Errorf("%d bits for twice as many", p.Bits)
		}
		time.Sleep(20 * time.Second) // and then nobody
		k.join(k.visitor(), room, "1")
	})
}

// A challenge ends, and a proof is worth one entrance.
func TestM22ChallengesEnd(t *testing.T) {
	l := crowded
	l.NewcomerWindow = time.Hour
	l.ProofLife = 90 * time.Second
	inside(t, l, func(k *kit) {
		owner := k.visitor()
		room := k.room(owner, chat.NewRoom{Max: 6})
		for range 4 {
			k.join(k.visitor(), room, "1")
		}
		slow := k.visitor()
		proof := work(k.askedFor(slow, room))
		time.Sleep(91 * time.Second)
		k.Prove(slow, room, proof)
		k.askedFor(slow, room)

		// What was proved holds for a while, whatever else refuses the join, and isn't proved
		// again.
		proof = work(k.askedFor(slow, room))
		k.Prove(slow, room, proof)
		k.join(slow, room, "1")
		last := k.visitor()
		proof = work(k.askedFor(last, room))
		k.Prove(last, room, proof)
		time.Sleep(91 * time.Second)
		k.Prove(last, room, proof)
		k.askedFor(last, room)
	})
}

func (k *kit) askedFor(who chat.Visitor, room string) *chat.Proof {
	k.Helper()
	_, err := k.Join(k.Context(), who, chat.JoinRequest{Room: room, Conn: "x"})
	k.fails(err, chat.ProofNeeded)
	e, _ := errors.AsType[*chat.Error](err)
	return e.Proof
}

// Many newcomers of many rooms are a raid of the house, which no room sees.
func TestM22NewcomersOfTheHouse(t *testing.T) {
	inside(t, crowded, func(k *kit) {
		var rooms []string
		for range 5 {
			rooms = append(rooms, k.room(k.visitor(), chat.NewRoom{}))
		}
		for _, room := range rooms[:4] {
			k.join(k.visitor(), room, "1")
			k.join(k.visitor(), room, "1")
		}
		_, err := k.Join(k.Context(), k.visitor(), chat.JoinRequest{Room: rooms[4], Conn: "x"})
		k.fails(err, chat.ProofNeeded)
		if e, _ := errors.AsType[*chat.Error](err); e.Limit != "newcomers-free" || e.N != 8 {
			k.Errorf("%+v", e)
		}
	})
}

// A large room has many newcomers each minute.
func TestM22LargeRoomsHaveMoreNewcomers(t *testing.T) {
	l := crowded
	l.NewcomersFree, l.MaxDefault = -1, 1000
	inside(t, l, func(k *kit) {
		room := k.room(k.visitor(), chat.NewRoom{})
		for i := range 80 {
			k.join(k.visitor(), room, "1")
			if i%4 == 3 {
				time.Sleep(20 * time.Second)
			}
		}
		time.Sleep(20 * time.Second)
		for range 8 { // twice four
			k.join(k.visitor(), room, "1")
		}
		k.asked(k.visitor(), room)
	})
}

// A password is tried by those who have worked, and one proof is enough to come in.
func TestM22PasswordsAndWork(t *testing.T) {
	inside(t, crowded, func(k *kit) {
		hashes := k.HashCheaply()
		owner := k.visitor()
		room := k.room(owner, chat.NewRoom{Password: "open sesame"})
		before := hashes.Load()
		enter := func(who chat.Visitor) error {
			_, err := k.Enter(k.Context(), who, room, "open sesame")
			return err
		}
		for range 4 {
			who := k.visitor()
			k.check(enter(who))
			k.join(who, room, "1")
		}
		late := k.visitor()
		err := enter(late)
		k.fails(err, chat.ProofNeeded)
		if n := hashes.Load() - before; n != 1 {
			k.Errorf("%d hashes", n)
		}
		e, _ := errors.AsType[*chat.Error](err)
		k.Prove(late, room, work(e.Proof))
		k.check(enter(late))
		k.join(late, room, "1")
	})
}

// Who may lock the door hears of a crowd, once in a while; nobody else does.
func TestM21CrowdsAreTold(t *testing.T) {
	inside(t, crowded, func(k *kit) {
		owner := k.visitor()
		room := k.room(owner, chat.NewRoom{})
		var heard events
		stop := k.Subscribe(room, heard.add)
		defer stop()
		told := func() (all []chat.Event) {
			for _, e := range heard.take() {
				if e.Kind == chat.EventCrowded {
					all = append(all, e)
				}
			}
			return all
		}
		for range 3 {
			k.join(k.visitor(), room, "1")
		}
		if all := told(); len(all) != 0 {
			k.Errorf("nobody is there who may: %+v", all)
		}
		time.Sleep(time.Minute)
		k.join(owner, room, "1")
		k.join(k.visitor(), room, "1")
		k.join(k.visitor(), room, "1")
		if all := told(); len(all) != 0 {
			k.Errorf("two are no crowd: %+v", all)
		}
		k.join(k.visitor(), room, "1")
		k.join(k.visitor(), room, "1")
		all := told()
		if len(all) != 1 || all[0].Count != 3 || len(all[0].To) != 1 || all[0].To[0] != owner.ID {
			k.Errorf("a crowd: %+v", all)
		}
		time.Sleep(time.Minute)
		for range 3 {
			k.join(k.visitor(), room, "1")
		}
		if all := told(); len(all) != 1 {
			k.Errorf("another one: %+v", all)
		}
		synctest.Wait()
	})
}
