package chat

// Knock tells whether a network may open one more connection: it fails beyond
// Limits.HandshakesPerSecond. Doors ask before they look for a visitor, as it costs nothing.
func (h *House) Knock(from string) error {
	return h.rates.take(h.rates.address(&h.rates.handshakes, from, 1)...)
}

// Ask tells whether a network may send one more request: it fails beyond Limits.RequestsPerSecond.
// Doors ask before the request costs anything. weight is 1, or less for one of many that a page
// sends at once.
func (h *House) Ask(from string, weight float64) error {
	return h.rates.take(h.rates.address(&h.rates.requests, from, weight)...)
}

// Tell is Ask for an event of a socket, and Limits.AddressEventsPerSecond.
func (h *House) Tell(from string) error {
	return h.rates.take(h.rates.address(&h.rates.events, from, 1)...)
}
