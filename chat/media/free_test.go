package media_test

import (
	"runtime"
	"testing"

	"github.com/madang-chat/madang/chat/media"
)

func TestFree(t *testing.T) {
	f, err := media.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	n, ok := f.Free()
	switch runtime.GOOS {
	case "linux", "darwin", "windows":
		if !ok || n <= 0 {
			t.Errorf("%d bytes, %v", n, ok)
		}
	}
}
