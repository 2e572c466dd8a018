package engineio

// Waiting reports whether a polling request waits for packets.
func (s *Socket) Waiting() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.get != nil
}

// Posting reports whether a request brings packets at this moment.
func (s *Socket) Posting() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.post != nil
}

// Probing reports whether an upgrade is under way.
func (s *Socket) Probing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.probe != nil
}
