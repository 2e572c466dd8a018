package chat

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Bytes is a size. As text it is a number, or one with a unit: kB, MB and GB are powers of 1000,
// KiB, MiB and GiB of 1024.
type Bytes int64

var units = []struct {
	suffix string
	size   Bytes
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9},
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (b *Bytes) UnmarshalText(text []byte) error {
	number, size := string(text), Bytes(1)
	for _, u := range units {
		if rest, ok := strings.CutSuffix(number, u.suffix); ok {
			number, size = strings.TrimSpace(rest), u.size
			break
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	most := int64(1 << 62 / size)
	if err != nil || n > most || n < -most {
		return fmt.Errorf("%q is no size such as 500MB or 5MiB", text)
	}
	*b = Bytes(n) * size
	return nil
}

// mega is the size in whole MB, as errors tell it. Less than one is one: nobody could do anything
// with none.
func (b Bytes) mega() int { return int(min(max(1, b/1e6), math.MaxInt32)) }
