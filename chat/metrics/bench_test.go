package metrics_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/metrics"
	"github.com/madang-chat/madang/chat/sqlite"
)

// BenchmarkSend sends texts to a House on a disk, with and without somebody who counts.
func BenchmarkSend(b *testing.B) {
	for _, watched := range []bool{false, true} {
		b.Run(fmt.Sprint("watched=", watched), func(b *testing.B) {
			send := sender(b, watched)
			b.ReportAllocs()
			for b.Loop() {
				send()
			}
		})
	}
}

// BenchmarkObserver is what the counting alone costs a message: the House's, the store's and the
// socket's part.
func BenchmarkObserver(b *testing.B) {
	m := metrics.New(metrics.Options{})
	house, store := m.House(), m.Store()
	b.ReportAllocs()
	for b.Loop() {
		house.Sent(chat.KindText)
		store.Committed(70_000, 1, nil)
	}
}

func sender(b *testing.B, watched bool) func() {
	b.Helper()
	l := chat.Limits{SendPerSecond: -1, RoomPerSecond: -1, AddressSendsPerSecond: -1, AddressTextDay: -1}
	so := sqlite.Options{Durability: sqlite.Normal}
	o := chat.Options{Limits: l, Logger: slog.New(slog.DiscardHandler)}
	if watched {
		m := metrics.New(metrics.Options{})
		so.Observer, o.Observer = m.Store(), m.House()
	}
	store, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "chat.db"), so)
	if err != nil {
		b.Fatal(err)
	}
	o.Store = store
	house, err := chat.Open(b.Context(), o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { house.Close() })
	ctx := context.Background()
	_, id, err := house.NewSession(ctx, "en", "")
	if err != nil {
		b.Fatal(err)
	}
	who := chat.Visitor{Identity: id}
	room, _, err := house.CreateRoom(ctx, who, chat.NewRoom{Title: "Yard"})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := house.Join(ctx, who, chat.JoinRequest{Room: room.ID, Conn: "1"}); err != nil {
		b.Fatal(err)
	}
	return func() {
		if _, _, err := house.Send(ctx, who, chat.Post{Room: room.ID, Text: "hello"}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSocket asks by a socket: the library's observer counts too.
func BenchmarkSocket(b *testing.B) {
	for _, watched := range []bool{false, true} {
		b.Run(fmt.Sprint("watched=", watched), func(b *testing.B) {
			r := startFor(b, chat.Limits{SendPerSecond: -1, RoomPerSecond: -1, AddressSendsPerSecond: -1, AddressTextDay: -1,
				EventsPerSecond: -1, AddressEventsPerSecond: -1}, metrics.Options{}, watched)
			p := r.person()
			room, _, err := r.house.CreateRoom(b.Context(), p.Visitor, chat.NewRoom{Title: "Yard"})
			if err != nil {
				b.Fatal(err)
			}
			s := p.socket()
			s.must("join", object{"room": room.ID})
			b.ReportAllocs()
			for b.Loop() {
				s.must("chat", object{"room": room.ID, "cid": chat.NewID(), "chat": "hello"})
			}
		})
	}
}
