package chat

import (
	"context"
	"slices"
	"time"
)

// Report tells those in charge of a room of a message or a person.
type Report struct {
	Room    string
	About   string // session
	Seq     int64  // of the message; 0 = the person
	By      string // session of who reports; nobody is shown it
	Reason  string
	Created time.Time
}

// ReportRequest asks to report a message, or with a Seq of 0 a person.
type ReportRequest struct {
	Room   string
	User   string // the color; not with a Seq
	Seq    int64
	Reason string
}

// Reported is what was reported, as those in charge see it.
type Reported struct {
	About   Member
	Message *Message // as it is now; nil = the person was
	Count   int      // people who reported it
	Reasons []string // of those who gave one, the newest first
	Last    time.Time
}

// Report reports a message or a person to those in charge of a room. To do it again changes the
// reason. Nobody else hears of it.
func (h *House) Report(ctx context.Context, who Visitor, q ReportRequest) error {
	r, by, err := h.acting(who, q.Room)
	if err != nil {
		return err
	}
	rep := Report{Room: r.id, Seq: q.Seq, By: by.ID, Created: now()}
	if rep.Reason, err = h.limits.reason(q.Reason); err != nil {
		return err
	}
	if q.Seq != 0 {
		m, err := h.message(ctx, r, q.Seq)
		if err != nil {
			return err
		}
		if m.Deleted != "" {
			return noMessage()
		}
		rep.About = m.By.ID
	} else {
		r.mu.Lock()
		to := r.wearer(q.User)
		if to != nil {
			rep.About = to.ID
		}
		r.mu.Unlock()
		if to == nil {
			return failField(NotFound, "user", "nobody in the room has that color")
		}
	}
	if rep.About == by.ID {
		return failField(BadRequest, "user", "that is yourself")
	}
	if err := h.rates.take(one(&h.rates.reports, by.ID)); err != nil {
		return err
	}
	if err := h.store.AddReport(context.WithoutCancel(ctx), rep, h.limits.Reports); err != nil {
		return storeError("keep the report", err)
	}
	h.tellReports(r)
	return nil
}

// tellReports lets those in charge know that their list has changed.
func (h *House) tellReports(r *room) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := Event{Kind: EventReported, Room: r.view()}
	for _, s := range r.order {
		if s.member.Role.May(ActReports) {
			e.To = append(e.To, s.member.ID)
		}
	}
	if len(e.To) > 0 {
		r.stream.put(item{event: e})
	}
}

// Reports lists what was reported in a room, the newest first, for those in charge.
func (h *House) Reports(ctx context.Context, who Visitor, room string) (all []Reported, err error) {
	r, err := h.inCharge(who, room, ActReports)
	if err != nil {
		return nil, err
	}
	reports, err := h.store.Reports(ctx, r.id)
	if err != nil {
		return nil, storeError("read reports", err)
	}
	type about struct {
		session string
		seq     int64
	}
	index := map[about]int{}
	for _, rep := range reports {
		k := about{rep.About, rep.Seq}
		i, ok := index[k]
		if !ok {
			v, ok := h.reported(ctx, r, rep)
			if !ok {
				continue
			}
			i = len(all)
			index[k] = i
			all = append(all, v)
		}
		all[i].Count++
		if rep.Reason != "" && !slices.Contains(all[i].Reasons, rep.Reason) {
			all[i].Reasons = append(all[i].Reasons, rep.Reason)
		}
	}
	return all, nil
}

// reported is what a report is about, if it is still there.
func (h *House) reported(ctx context.Context, r *room, rep Report) (v Reported, ok bool) {
	v.Last = rep.Created
	if rep.Seq != 0 {
		m, err := h.message(ctx, r, rep.Seq)
		if err != nil || m.Deleted != "" {
			return v, false
		}
		v.About, v.Message = m.By, &m
		return v, true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	m := r.knows(rep.About)
	if m == nil {
		return v, false
	}
	v.About = *m
	return v, true
}

// DismissReport takes a message, or with seq 0 a person, from the list. It fails with NotOwner for
// a moderator when it is about one of those in charge: nobody but the owner puts away what is about
// oneself.
func (h *House) DismissReport(ctx context.Context, who Visitor, room, user string, seq int64) error {
	r, err := h.inCharge(who, room, ActReports)
	if err != nil {
		return err
	}
	r.mu.Lock()
	to, role := r.wearer(user), r.roleOf(who.ID)
	about := ""
	switch {
	case to == nil:
		err = failField(NotFound, "user", "nobody in the room has that color")
	case role != RoleOwner && !role.MayTo(ActReports, to.Role):
		err = role.needs(ActReports)
	default:
		about = to.ID
	}
	r.mu.Unlock()
	if err != nil {
		return err
	}
	if err := h.store.DropReports(context.WithoutCancel(ctx), r.id, about, seq); err != nil {
		return storeError("drop the report", err)
	}
	h.tellReports(r)
	return nil
}
