package backup

import (
	"errors"
	"os"
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
