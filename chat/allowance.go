package chat

import (
	"math"
	"time"
)

// Allowance is how much of images a visitor may still send, in bytes. It comes back evenly, all of
// it within a day.
type Allowance struct {
	Left, Most int64 // Most 0 = there is no limit
}

// Allowance tells a visitor what is left of its day's images, or of its address', whichever is
// less. What is on its way counts as sent.
func (h *House) Allowance(who Visitor) Allowance {
	h.rates.mu.Lock()
	defer h.rates.mu.Unlock()
	now := time.Now()
	var least Allowance
	for _, c := range append(h.rates.address(&h.rates.addressDay, who.From, 0), one(&h.rates.day, who.ID)) {
		if c.off() {
			continue
		}
		a := Allowance{Left: int64(math.Floor(c.left(now))), Most: int64(c.rate.burst * c.wide)}
		if least.Most == 0 || a.Left < least.Left {
			least = a
		}
	}
	return least
}
