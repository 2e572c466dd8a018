package main

import "context"

// endSockets ends the sockets last: a request that takes its time, such as the picture of a phone,
// is waited for while the chat goes on. It reports whether all requests have ended in their time.
func (m *Main) endSockets(ctx context.Context) (all bool) {
	m.door.TellRestart()
	patient, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	all = m.underway.over(patient)
	ctx, stop := context.WithTimeout(ctx, drain)
	defer stop()
	if err := m.door.Shutdown(ctx); err != nil {
		m.Log.Info("some sockets took no more", "error", err)
	}
	return all
}
