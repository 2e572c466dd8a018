package peer

import "sync"

// A Limit counts by address. It may be used from any goroutine; its lock is taken inside of any
// other.
type Limit struct {
	max int

	mu    sync.Mutex
	seats map[Key]*seat // guarded by mu; those with somebody in them
}

// A seat is shared by all that one address holds, so that each of them costs a pointer.
type seat struct {
	limit *Limit
	key   Key
	held  int // guarded by limit.mu
	leave func()
}

// NewLimit makes a limit of what each address may hold at a time.
func NewLimit(most int) *Limit { return &Limit{max: most, seats: make(map[Key]*seat)} }

// Enter counts one more of an address. Leave has to be called once when it has gone. It is nil when
// the address holds as much as it may.
func (l *Limit) Enter(k Key) (leave func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.seats[k]
	if s == nil {
		if l.max <= 0 {
			return nil
		}
		s = &seat{limit: l, key: k}
		s.leave = s.release
		l.seats[k] = s
	}
	if s.held >= l.max {
		return nil
	}
	s.held++
	return s.leave
}

func (s *seat) release() {
	s.limit.mu.Lock()
	defer s.limit.mu.Unlock()
	s.held--
	if s.held == 0 {
		delete(s.limit.seats, s.key)
	}
}
