package peer

// Len is how many addresses hold anything.
func (l *Limit) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.seats)
}
