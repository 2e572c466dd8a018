package live

// Places is how many connections are counted, and of how many networks and sessions they are.
func (d *Door) Places() (connections, networks, sessions int) {
	d.places.mu.Lock()
	defer d.places.mu.Unlock()
	return d.places.count, len(d.places.networks) + len(d.places.sites), len(d.places.sessions)
}
