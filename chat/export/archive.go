package export

import (
	"archive/zip"
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
)

// What a zip may be at most: it says its sizes itself, and packs very well what is empty.
const (
	filesMost    = 1_000_000
	roomMost     = 64 << 20
	messagesMost = 4 << 30
	lineMost     = 256 << 10 // eight kilobytes of text, however they are written
	peopleMost   = 200_000
)

// archive is a zip that somebody made.
type archive struct {
	room, messages *zip.File
	images         map[string]*zip.File // that no message had yet
	err            error                // of the lines
}

var imageName = regexp.MustCompile(`^media/[0-9]{1,13}-[0-9]{1,3}\.(gif|png|jpg|webp)$`)

// openArchive refuses a zip that isn't an export by its names, none of which leads elsewhere.
func openArchive(z *zip.Reader) (*archive, error) {
	if len(z.File) > filesMost {
		return nil, fmt.Errorf("the zip has %d files", len(z.File))
	}
	a := &archive{images: map[string]*zip.File{}}
	seen := map[string]bool{}
	for _, f := range z.File {
		if seen[f.Name] {
			return nil, fmt.Errorf("the zip has two files %.60q", f.Name)
		}
		seen[f.Name] = true
		switch {
		case f.Name == roomFile:
			a.room = f
		case f.Name == messagesFile:
			a.messages = f
		case f.Name == pageFile:
		case imageName.MatchString(f.Name):
			a.images[f.Name] = f
		default:
			return nil, fmt.Errorf("the zip has a file %.60q, which no export of a room has", f.Name)
		}
	}
	if a.room == nil || a.messages == nil {
		return nil, fmt.Errorf("the zip has no %s or no %s: it is no export of a room", roomFile, messagesFile)
	}
	return a, nil
}

// limited fails beyond so many bytes.
type limited struct {
	io.Reader
	left int64
	name string
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, fmt.Errorf("%s is too large", l.name)
	}
	n, err := l.Reader.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}

func (a *archive) readRoom() (v room, err error) {
	r, err := a.room.Open()
	if err != nil {
		return v, fmt.Errorf("read %s: %w", roomFile, err)
	}
	defer r.Close()
	data, err := io.ReadAll(&limited{r, roomMost, roomFile})
	if err != nil {
		return v, fmt.Errorf("read %s: %w", roomFile, err)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return v, fmt.Errorf("read %s: %w", roomFile, err)
	}
	switch {
	case v.Format < 1:
		return v, fmt.Errorf("%s isn't that of a room", roomFile)
	case v.Format > format:
		return v, fmt.Errorf("the export has format %d, this program knows %d: use a newer program", v.Format, format)
	case len(v.People) > peopleMost:
		return v, fmt.Errorf("%s has %d people", roomFile, len(v.People))
	}
	return v, nil
}

// lines yields the messages with the numbers of their lines; end tells whether that was all.
func (a *archive) lines() iter.Seq2[int, message] {
	return func(yield func(int, message) bool) {
		r, err := a.messages.Open()
		if err != nil {
			a.err = err
			return
		}
		defer r.Close()
		lines := bufio.NewScanner(&limited{r, messagesMost, messagesFile})
		lines.Buffer(nil, lineMost)
		n := 0
		for lines.Scan() {
			n++
			var m message
			if a.err = json.Unmarshal(lines.Bytes(), &m); a.err != nil {
				a.err = fmt.Errorf("line %d: %w", n, a.err)
				return
			}
			if !yield(n, m) {
				return
			}
		}
		if a.err = lines.Err(); a.err != nil {
			a.err = fmt.Errorf("behind line %d: %w", n, a.err)
		}
	}
}

// end fails when not all was read, or when there are images that no message has.
func (a *archive) end() error {
	if a.err != nil {
		return fmt.Errorf("read %s: %w", messagesFile, a.err)
	}
	if len(a.images) > 0 {
		return errors.New("the zip has images that no message has")
	}
	return nil
}

// takeImage finds an image, once.
func (a *archive) takeImage(name string) (*zip.File, bool) {
	f, ok := a.images[name]
	delete(a.images, name)
	return f, ok
}
