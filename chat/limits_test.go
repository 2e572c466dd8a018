package chat_test

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
)

// limitsPage is docs/chat/limits.md as it is due.
func limitsPage() string {
	var b strings.Builder
	b.WriteString(`# Limits

Every number of the chat's rules, with its default. ` + "`madang serve --limit NAME=VALUE`" + ` gives one another value, and so do
` + "`MADANG_LIMIT=NAME=VALUE,NAME=VALUE`" + ` and the key ` + "`limit`" + ` of the [configuration file](settings.md). A value is a number, a span such as ` + "`90s`" + `
or a size such as ` + "`5MiB`" + `, and more than 0; where ` + "`-1`" + ` stands in the last column but one, that takes the limit away. Where a code stands, what is
beyond the limit is refused with it, and the error's ` + "`limit`" + ` is this name.

What is counted over a time is a bucket that fills evenly: who has waited long enough may do all of it at once, and goes on as it fills again. So in
the window that begins then nearly twice the number passes; in the long run the number does.

An address is the visitor's, or that of a proxy that ` + "`--trusted-proxies`" + ` doesn't name; of IPv6 it is the /64.

A school, an office or a meeting is many people behind one address. The defaults carry about 50 of them at once; for more, say how many:

` + "```sh" + `
madang serve --limit connections-per-address=4000 --limit sockets-per-address=500 --limit handshakes-per-second=100 \
  --limit creates-per-address=50 --limit guesses-per-address=100 --limit address-sends-per-second=100 --limit requests-per-second=500
` + "```" + `

| limit | default | code | none | what |
| --- | --- | --- | --- | --- |
`)
	for _, l := range chat.AllLimits() {
		none := l.None
		if none != "" {
			none = "`" + none + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", l.Name, l.Default, l.Code, none, l.Doc)
	}
	b.WriteString("\nThis page is made from `chat/limits.go`: `UPDATE=1 go test -run TestLimitsPage ./chat`.\n")
	return b.String()
}

func TestLimitsPage(t *testing.T) {
	const path = "../docs/chat/limits.md"
	want := limitsPage()
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s isn't what chat/limits.go says: run UPDATE=1 go test -run TestLimitsPage ./chat", path)
	}
}

func TestSetLimit(t *testing.T) {
	var l chat.Limits
	for name, value := range map[string]string{
		"send-burst": "20", "send-per-second": "0.5", "lockout": "90s", "upload": "2MiB", "upload-day": "-1", "json-depth": "8",
		"address-upload-day": "3 GB",
	} {
		if err := l.Set(name, value); err != nil {
			t.Error(err)
		}
	}
	want := chat.Limits{SendBurst: 20, SendPerSecond: 0.5, Lockout: 90 * time.Second, Upload: 2 << 20, UploadDay: -1, JSONDepth: 8,
		AddressUploadDay: 3e9}
	if l != want {
		t.Errorf("%+v, want %+v", l, want)
	}
	for _, bad := range [][2]string{
		{"send", "1"}, {"", "1"}, {"SendBurst", "1"}, {"send-burst", ""}, {"send-burst", "1.5"}, {"lockout", "90"}, {"upload", "5 apples"},
		{"upload", "9999999999GiB"}, {"upload", "-9223372036854775808GB"}, {"upload", "-1"}, {"upload", "0"}, {"upload-day", "0"},
		{"session-sweep", "-1s"}, {"session-sweep", "0s"}, {"lobby-page", "-1"}, {"lobby-page", "0"}, {"sockets", "0"}, {"send-burst", "-1"},
		{"send-per-second", "0"}, {"send-per-second", "fast"}, {"send-per-second", "NaN"}, {"send-per-second", "Inf"},
	} {
		if err := l.Set(bad[0], bad[1]); err == nil {
			t.Errorf("%s=%q is accepted", bad[0], bad[1])
		}
	}
	if l != want {
		t.Errorf("what is refused is set: %+v, want %+v", l, want)
	}
	for value, say := range map[string]string{"sockets=0": "use -1 to take it away", "lobby-page=0": "at least 1", "lockout=0s": "more than 0"} {
		name, value, _ := strings.Cut(value, "=")
		if err := l.Set(name, value); err == nil || !strings.HasSuffix(err.Error(), say) {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
}

// Each limit takes its default and nothing that would break the server.
func TestEveryLimitIsSane(t *testing.T) {
	for _, limit := range chat.AllLimits() {
		var l chat.Limits
		if err := l.Set(limit.Name, limit.Default); err != nil {
			t.Error(err)
		}
		if err := l.Set(limit.Name, "0"); err == nil {
			t.Errorf("%s=0 is accepted", limit.Name)
		}
		negative := "-1"
		if strings.HasSuffix(limit.Default, "s") || strings.HasSuffix(limit.Default, "m") || strings.HasSuffix(limit.Default, "h") {
			negative = "-1s"
		}
		if err := l.Set(limit.Name, negative); (err == nil) != (limit.None != "") {
			t.Errorf("%s=%s: %v", limit.Name, negative, err)
		}
	}
}

func TestLimitsThatContradict(t *testing.T) {
	for _, l := range []chat.Limits{{MaxDefault: 1}, {MaxMost: 9}, {MaxLeast: 11}, {PasswordMin: 65}, {PasswordMax: 3},
		{MaxLeast: 20, MaxMost: 15}, {Packet: 10}, {MessageBytes: 200000}, {ConnectTimeout: time.Millisecond}} {
		if err := l.Check(); err == nil {
			t.Errorf("%+v is accepted", l)
		}
	}
	for _, l := range []chat.Limits{{}, {MaxLeast: 3, MaxDefault: 3, MaxMost: 3}, {PasswordMin: 64}} {
		if err := l.Check(); err != nil {
			t.Error(err)
		}
	}
}

// Negative spans and counts in code are the defaults.
func TestNegativeLimitsOfCode(t *testing.T) {
	inside(t, chat.Limits{SessionSweep: -1, LobbyPage: -1, Title: -1, Sockets: -1}, func(k *kit) {
		l := k.Limits()
		if l.SessionSweep != time.Hour || l.LobbyPage != 50 || l.Title != 50 || l.Sockets != -1 {
			t.Errorf("%+v", l)
		}
		k.room(k.visitor(), chat.NewRoom{})
		if k.open() != 1 {
			t.Error("the list has no room")
		}
	})
}

// refuse gets who refused n times, without waiting.
func (k *kit) refuse(who chat.Visitor, n int) error {
	var err error
	for range n {
		err = k.Refused(who, &chat.Error{Code: chat.RateLimited, Limit: "send-per-second", RetryAfter: 500 * time.Millisecond})
	}
	return err
}

// out checks that who is locked out by a limit for so long.
func (k *kit) out(err error, limit string, n int, wait time.Duration) {
	k.Helper()
	if e, ok := err.(*chat.Error); !ok || e.Code != chat.LockedOut || e.Limit != limit || e.N != n || e.RetryAfter != wait {
		k.Errorf("%+v, want locked out by %s for %v", err, limit, wait)
	}
}

func TestD1RepeatOffendersAreLockedOut(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		defer k.log.Reset() // what it says is checked elsewhere
		var heard []chat.Lockout
		k.OnLockout(func(l chat.Lockout) { heard = append(heard, l) })
		a, b := k.from("192.0.2.1"), k.from("192.0.2.1")

		k.check(k.refuse(a, 199))
		time.Sleep(time.Minute)
		k.check(k.refuse(a, 199))
		k.check(k.Refused(a, chat.Fail(chat.NoSuchRoom, "no such room")))
		k.check(k.LockedOut(a))
		k.out(k.refuse(a, 2), "offences", 200, 10*time.Minute)
		k.check(k.LockedOut(b))
		k.out(k.LockedOut(chat.Visitor{Identity: a.Identity, From: "198.51.100.1"}), "offences", 200, 10*time.Minute)
		if len(heard) != 1 || heard[0].Session != a.ID {
			t.Errorf("heard of %+v", heard)
		}

		time.Sleep(10 * time.Minute)
		k.check(k.LockedOut(a))
		k.check(k.refuse(a, 200)) // the first came when it was told to
		k.out(k.refuse(a, 1), "offences", 200, 10*time.Minute)
	})
}

// An address that is locked out gets nobody new; who was there before goes on.
func TestD1AddressesAreLockedOut(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		defer k.log.Reset()
		var heard []chat.Lockout
		k.OnLockout(func(l chat.Lockout) { heard = append(heard, l) })
		known := k.from("192.0.2.1")
		nobody := chat.Visitor{From: "192.0.2.1"}
		time.Sleep(time.Second)
		k.check(k.refuse(nobody, 600))
		for range 3 { // visitors' refusals are also their address's
			k.check(k.refuse(k.from("192.0.2.1"), 133))
		}
		k.check(k.LockedOut(nobody))
		k.out(k.refuse(nobody, 1), "offences-per-address", 1000, 10*time.Minute)
		time.Sleep(time.Second)
		k.out(k.LockedOut(k.from("192.0.2.1")), "offences-per-address", 1000, 10*time.Minute-time.Second)
		k.check(k.LockedOut(known))
		k.check(k.refuse(known, 199)) // under its own limits
		k.out(k.refuse(known, 1), "offences", 200, 10*time.Minute)
		k.check(k.LockedOut(k.from("192.0.2.2")))
		k.check(k.refuse(chat.Visitor{}, 3000)) // no address to lock out
		if len(heard) != 1 || heard[0].Session != known.ID {
			t.Errorf("heard of %+v", heard)
		}
		if !strings.Contains(k.log.String(), netip.MustParsePrefix("192.0.2.0/24").String()) || strings.Contains(k.log.String(), "192.0.2.1") {
			t.Errorf("the log has the address, or nothing of it:\n%s", k.log)
		}
		time.Sleep(10 * time.Minute)
		k.check(k.LockedOut(nobody))
		k.check(k.refuse(nobody, 999))
	})
}

// Who waits as long as it was told to, and who can't help it, is no offender.
func TestD1WhatIsNoOffence(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		defer k.log.Reset()
		a := k.from("192.0.2.1")
		wait := &chat.Error{Code: chat.RateLimited, Limit: "address-sends-per-second", RetryAfter: 10 * time.Millisecond}
		for range 3000 {
			k.check(k.Refused(a, wait))
			time.Sleep(10 * time.Millisecond)
		}
		for _, e := range []*chat.Error{
			{Code: chat.Unavailable, Limit: "hashing-queue"}, {Code: chat.Unavailable, Limit: "sockets"}, {Code: chat.NoSpace, Limit: "media-total"},
			{Code: chat.ServerFull, Limit: "rooms"}, {Code: chat.RateLimited, Limit: "room-per-second", RetryAfter: time.Second},
		} {
			for range 1100 {
				k.check(k.Refused(a, e))
				k.check(k.Refused(chat.Visitor{From: a.From}, e))
			}
		}
		for range 198 { // and the first of all
			k.check(k.Refused(a, &chat.Error{Code: chat.TooManyRooms, Limit: "rooms-per-identity"}))
		}
		k.fails(k.Refused(a, &chat.Error{Code: chat.TooManyRooms, Limit: "rooms-per-identity"}), chat.LockedOut)
	})
}

// What anybody can cause is told once, not once each time.
func TestRefusalsAreLoggedOnce(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		defer k.log.Reset()
		for i := range 50 {
			k.refuse(k.from(fmt.Sprintf("192.0.2.%d", i)), 250)
		}
		if n := strings.Count(k.log.String(), "\n"); n != 2 {
			t.Errorf("%d lines:\n%s", n, k.log)
		}
	})
}
