package chat

import (
	"maps"
	"time"
)

// mayWrite fails with ReadOnly or SlowMode when a member may not write now; mu is held.
func (r *room) mayWrite(by Member) error {
	role := r.roleOf(by.ID)
	if r.rec.Quiet && !role.May(ActWrite) {
		return Fail(ReadOnly, "only those in charge can write here")
	}
	if r.rec.Slow == 0 || role.May(ActHurry) {
		return nil
	}
	if left := r.rec.Slow - time.Since(r.wrote[by.ID]); left > 0 {
		return &Error{Code: SlowMode, Message: "slow mode", N: int(r.rec.Slow / time.Second), Retryable: true, RetryAfter: left}
	}
	return nil
}

// pace is mayWrite for somebody who writes now; undo is called when nothing comes of it.
func (r *room) pace(by Member) (undo func(), err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.mayWrite(by); err != nil {
		return nil, err
	}
	if r.rec.Slow == 0 || r.roleOf(by.ID).May(ActHurry) {
		return func() {}, nil
	}
	now := time.Now()
	was := r.wrote[by.ID]
	if len(r.wrote) >= pruneLeast {
		maps.DeleteFunc(r.wrote, func(_ string, at time.Time) bool { return now.Sub(at) >= r.rec.Slow })
	}
	if r.wrote == nil {
		r.wrote = map[string]time.Time{}
	}
	r.wrote[by.ID] = now
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.wrote[by.ID] = was
	}, nil
}
