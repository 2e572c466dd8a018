package backup

import (
	"context"
	"errors"
	"os"
	"path/filepath"
)

// CutShort lets Restore rename n things and then fail, and says how to end that.
func CutShort(n int) (end func()) {
	rename = func(from, to string) error {
		if n--; n < 0 {
			return errors.New("cut short")
		}
		return os.Rename(from, to)
	}
	return func() { rename = os.Rename }
}

// Hold lets Restore fail to rename what has this name, and says how to end that.
func Hold(name string) (end func()) {
	rename = func(from, to string) error {
		if filepath.Base(from) == name {
			return errors.New("held")
		}
		return os.Rename(from, to)
	}
	return func() { rename = os.Rename }
}

// MakeSlowly is Make, into a folder that is there. Between the copy of the database and those of
// the images that came meanwhile it calls f.
func MakeSlowly(ctx context.Context, data, dir string, f func()) (Summary, error) {
	b := &backup{data: data, dir: dir, sums: sums{files: map[string][32]byte{}}}
	if err := b.begin(ctx); err != nil {
		return Summary{}, err
	}
	f()
	err := b.end(ctx)
	return b.summary, err
}
