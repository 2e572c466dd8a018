package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/madang-chat/madang/chat"
)

type banCommand struct {
	Add  addBan   `cmd:"" help:"Ban a visitor, or everybody at an address, from the whole server: their connections end at once."`
	List listBans `cmd:"" help:"List the bans in force."`
	Lift liftBan  `cmd:"" help:"Lift a ban."`
}

type addBan struct {
	Whom   string  `arg:"" name:"session|address" help:"Id of a session, which 'rooms show' tells, an address (of IPv6 its /64), or a network such as 203.0.113.0/24. An address may be shared by many people: --dry-run tells how many are here."`
	For    howLong `default:"24h" placeholder:"SPAN" help:"How long: 90m, 24h, 7d, or forever (${default})."`
	Reason string  `placeholder:"TEXT" help:"A note for 'ban list'; visitors don't see it."`
	DryRun bool    `help:"Tell who would be hit, and ban nobody."`
	running
}

// howLong is a time.Duration that knows days; nought is for ever.
type howLong time.Duration

// UnmarshalText reads "90m", "7d", "0" or "forever".
func (s *howLong) UnmarshalText(text []byte) error {
	word := string(text)
	if word == "forever" || word == "0" {
		*s = 0
		return nil
	}
	d, err := time.ParseDuration(word)
	if days, ok := strings.CutSuffix(word, "d"); ok {
		var n uint64
		if n, err = strconv.ParseUint(days, 10, 16); err == nil {
			d = time.Duration(n) * 24 * time.Hour
		}
	}
	if err != nil || d < time.Second {
		return fmt.Errorf("%q is no span such as 90m, 24h, 7d or forever", word)
	}
	*s = howLong(d)
	return nil
}

// newBan asks for a ban.
type newBan struct {
	Whom    string `json:"whom"`
	Seconds int64  `json:"seconds"` // 0 = for good
	Reason  string `json:"reason"`
	DryRun  bool   `json:"dryRun"`
}

// banView is a ban as commands see it.
type banView struct {
	ID      int64      `json:"id"`
	Session string     `json:"session,omitzero"`
	Network string     `json:"network,omitzero"`
	Until   *time.Time `json:"until"` // null = for good
	Reason  string     `json:"reason"`
	Created time.Time  `json:"created"`
}

func banViewOf(b chat.Ban) banView {
	v := banView{ID: b.ID, Session: b.Session, Reason: b.Reason, Created: b.Created}
	if b.Network.IsValid() {
		v.Network = b.Network.String()
	}
	if !b.Until.IsZero() {
		v.Until = &b.Until
	}
	return v
}

func (b banView) whom() string {
	if p, err := netip.ParsePrefix(b.Network); err == nil && p.IsSingleIP() {
		return p.Addr().String()
	}
	return cmp.Or(b.Session, b.Network)
}

func (b banView) end() string {
	if b.Until == nil {
		return "forever"
	}
	return when(*b.Until)
}

// banned tells what a ban does: whom it hits of those who are connected.
type banned struct {
	banView
	Visitors    int `json:"visitors"`
	Connections int `json:"connections"`
	Of          int `json:"of"` // visitors in all
}

// Run bans.
func (c addBan) Run(ctx context.Context, s streams) error {
	var b banned
	q := newBan{Whom: c.Whom, Seconds: int64(time.Duration(c.For) / time.Second), Reason: c.Reason, DryRun: c.DryRun}
	if err := c.client().Call(ctx, http.MethodPost, "/bans", q, &b); err != nil {
		return err
	}
	hit := fmt.Sprintf("%d of the %d visitors who are connected, with %d connections", b.Visitors, b.Of, b.Connections)
	if c.DryRun {
		_, err := fmt.Fprintf(s.out, "A ban of %s would hit %s\n", b.whom(), hit)
		return err
	}
	_, err := fmt.Fprintf(s.out, "Ban %d: %s until %s. It hit %s\n", b.ID, b.whom(), b.end(), hit)
	return err
}

type listBans struct {
	running
	JSON bool `name:"json" help:"Print JSON."`
}

// Run lists the bans.
func (c listBans) Run(ctx context.Context, s streams) error {
	var bans []banView
	if err := c.client().Call(ctx, http.MethodGet, "/bans", nil, &bans); err != nil {
		return err
	}
	if c.JSON {
		return writeJSON(s.out, bans)
	}
	if len(bans) == 0 {
		_, err := fmt.Fprintln(s.out, "Nobody is banned.")
		return err
	}
	t := newTable(s.out, "ID", "WHOM", "UNTIL", "SINCE", "REASON")
	for _, b := range bans {
		t.row(b.ID, b.whom(), b.end(), when(b.Created), cmp.Or(printable(b.Reason), "-"))
	}
	return t.Flush()
}

type liftBan struct {
	ID int64 `arg:"" help:"Number of the ban, which 'ban list' tells."`
	running
}

// Run lifts a ban.
func (c liftBan) Run(ctx context.Context, s streams) error {
	if err := c.client().Call(ctx, http.MethodDelete, fmt.Sprint("/bans/", c.ID), nil, nil); err != nil {
		return err
	}
	_, err := fmt.Fprintf(s.out, "Ban %d is lifted.\n", c.ID)
	return err
}
