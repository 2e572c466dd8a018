package chat

// Knock tells whether a network may open one more connection: it fails while it is locked out, and
// beyond Limits.HandshakesPerSecond. Doors ask before anything else, as the answer costs nothing.
func (h *House) Knock(from string) error {
	if err := h.LockedOut(Visitor{From: from}); err != nil {
		return err
	}
	return h.rates.take(h.rates.address(&h.rates.handshakes, from, 1)...)
}
