package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/madang-chat/madang/chat/internal/disk"
)

// sumsName is the file with the sums of all others.
const sumsName = "SHA256SUMS"

// sums are those of the files of a backup, by path with slashes.
type sums struct {
	about string // one line
	files map[string][32]byte
	lost  []string // images that the database knows and that weren't there, or not whole
}

const (
	aboutPrefix = "# madang backup 1: "
	lostPrefix  = "# lost before: "
)

func (s *sums) encode() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s%s\n", aboutPrefix, s.about)
	for _, name := range slices.Sorted(slices.Values(s.lost)) {
		fmt.Fprintf(&b, "%s%s\n", lostPrefix, name)
	}
	var names []string
	for name := range s.files {
		names = append(names, name)
	}
	for _, name := range slices.Sorted(slices.Values(names)) {
		fmt.Fprintf(&b, "%x  %s\n", s.files[name], name)
	}
	fmt.Fprintf(&b, "# %x\n", sha256.Sum256(b.Bytes()))
	return b.Bytes()
}

var errSums = errors.New("the list of sums " + sumsName + " is damaged")

func decodeSums(data []byte) (*sums, error) {
	const last = 2 + 64 + 1
	if len(data) < last {
		return nil, errSums
	}
	lines := data[:len(data)-last]
	if want := fmt.Sprintf("# %x\n", sha256.Sum256(lines)); string(data[len(lines):]) != want {
		return nil, errSums
	}
	s := &sums{files: map[string][32]byte{}}
	for i, line := range strings.Split(strings.TrimSuffix(string(lines), "\n"), "\n") {
		if i == 0 {
			about, ok := strings.CutPrefix(line, aboutPrefix)
			if !ok {
				return nil, fmt.Errorf("%s is of another program or a newer one", sumsName)
			}
			s.about = about
			continue
		}
		if name, ok := strings.CutPrefix(line, lostPrefix); ok {
			s.lost = append(s.lost, name)
			continue
		}
		digits, name, ok := strings.Cut(line, "  ")
		sum, err := hex.DecodeString(digits)
		if !ok || err != nil || len(sum) != 32 || !local(name) {
			return nil, errSums
		}
		s.files[name] = [32]byte(sum)
	}
	return s, nil
}

// local tells whether a path stays in its folder.
func local(name string) bool {
	return name != "" && name == path.Clean(name) && !path.IsAbs(name) && name != ".." && !strings.HasPrefix(name, "../") &&
		!strings.ContainsAny(name, `\:`)
}

func readSums(dir string) (*sums, error) {
	f, err := disk.Open(inside(dir, sumsName))
	if err != nil {
		return nil, fmt.Errorf("%s is no backup: %w", dir, err)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("read the list of sums: %w", err)
	}
	s, err := decodeSums(data)
	if err != nil {
		return nil, fmt.Errorf("the backup %s isn't whole: %w", dir, err)
	}
	return s, nil
}
