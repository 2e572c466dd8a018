package chat_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/chat"
)

// Files that no message knows go a day after they were last changed, also while the House is open,
// and one that can't be removed doesn't keep the others.
func TestLeftOverFiles(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		f := k.o.Files.(*files)
		f.stuck = image(2).Name
		stored := map[string]time.Time{}
		for n := range 4 {
			stored[image(n).Name] = time.Now()
		}
		stored[image(9).Name] = time.Now().Add(time.Hour)
		f.put(stored)
		time.Sleep(24*time.Hour - time.Second)
		synctest.Wait()
		if gone := f.gone(); len(gone) > 0 {
			t.Errorf("removed too early: %v", gone)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		gone := f.gone()
		if slices.Sort(gone); !slices.Equal(gone, []string{image(0).Name, image(1).Name, image(3).Name}) {
			t.Errorf("removed: %v", gone)
		}
		if !strings.Contains(k.log.String(), "left-over files not removed") || !strings.Contains(k.log.String(), "stuck") {
			t.Errorf("log: %s", k.log)
		}
		k.log.Reset()
	})
}
