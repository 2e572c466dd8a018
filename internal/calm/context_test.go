package calm_test

import (
	"context"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/calm"
)

// A mute context is over without an error, which package context panics at; one without a parent
// panics at everything.
type mute struct{ context.Context }

func (mute) Err() error { return nil }

func TestContext(t *testing.T) {
	parent, cancel := context.WithCancel(t.Context())
	derived, end := context.WithTimeout(calm.Context(mute{parent}), time.Hour)
	defer end()
	cancel()
	<-derived.Done()
	if derived.Err() == nil {
		t.Error("no error")
	}

	derived, end = context.WithTimeout(calm.Context(mute{}), time.Hour)
	defer end()
	<-derived.Done()

	plain := calm.Context(context.WithValue(t.Context(), mute{}, 1))
	if plain.Value(mute{}) != 1 || plain.Err() != nil {
		t.Error(plain.Value(mute{}), plain.Err())
	}
	if _, ok := plain.Deadline(); ok {
		t.Error("a deadline")
	}
}
