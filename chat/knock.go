package chat

// Knock tells whether a network may open one more connection: it fails beyond
// Limits.HandshakesPerSecond. Doors ask before they look for a visitor, as the answer costs nothing.
func (h *House) Knock(from string) error {
	return h.rates.take(h.rates.address(&h.rates.handshakes, from, 1)...)
}
