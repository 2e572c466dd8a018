package storetest

import (
	"maps"
	"testing"
)

func mediaBytes(t *testing.T, k *kit) {
	is := func(want map[string]int64) {
		t.Helper()
		if got, err := k.MediaBytes(t.Context()); err != nil || !maps.Equal(got, want) {
			t.Errorf("%v, %v, want %v", got, err, want)
		}
	}
	is(map[string]int64{})
	a, by := k.room()
	b, byB := k.room()
	k.append(text(a, "t", "hello", by))
	is(map[string]int64{})
	k.append(picture(a, "1", by))
	k.append(picture(a, "2", by))
	k.append(picture(b, "1", byB))
	is(map[string]int64{a: 4 * 99, b: 2 * 99})
	_, err := k.RemoveRoom(t.Context(), a)
	k.check(err)
	is(map[string]int64{b: 2 * 99})
}
