package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"

	"github.com/madang-chat/madang/chat/internal/disk"
	"github.com/madang-chat/madang/chat/media"
	"github.com/madang-chat/madang/chat/sqlite"
)

// Verify reads all of a backup and changes nothing. It fails when a byte is another than it was, a
// file is missing or wasn't there, or the database is damaged; the error lists what is wrong.
func Verify(ctx context.Context, dir string) (Summary, error) {
	s, err := readSums(dir)
	if err != nil {
		return Summary{}, err
	}
	there, wrong := compare(ctx, dir, s)
	for _, name := range []string{Database, Secret} {
		if _, ok := s.files[name]; !ok {
			wrong = append(wrong, fmt.Errorf("%s isn't part of the backup", name))
		}
	}
	if ctx.Err() != nil {
		return Summary{}, context.Cause(ctx)
	}
	if there[Database] {
		wrong = append(wrong, sqlite.Check(ctx, inside(dir, Database)))
		wrong = append(wrong, compareImages(ctx, dir, s)...)
	}
	if err := errors.Join(wrong...); err != nil {
		return Summary{}, fmt.Errorf("the backup %s isn't whole:\n%w", dir, err)
	}
	return summarize(dir, s), nil
}

// compare reads the files of a folder. there are those whose sum is right.
func compare(ctx context.Context, dir string, s *sums) (there map[string]bool, wrong []error) {
	there = map[string]bool{}
	found := map[string]bool{}
	// Other than filepath.WalkDir this goes into a folder that is named by a link.
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		if d.IsDir() || name == sumsName {
			return nil
		}
		found[name] = true
		want, known := s.files[name]
		if !known || !d.Type().IsRegular() {
			wrong = append(wrong, fmt.Errorf("%s isn't part of the backup", name))
			return nil
		}
		switch sum, err := disk.Sum(ctx, inside(dir, name)); {
		case err != nil:
			wrong = append(wrong, err)
		case sum != want:
			wrong = append(wrong, fmt.Errorf("%s has changed since the backup was made", name))
		default:
			there[name] = true
		}
		return nil
	})
	if err != nil {
		wrong = append(wrong, fmt.Errorf("read backup: %w", err))
	}
	for name := range s.files {
		if !found[name] {
			wrong = append(wrong, fmt.Errorf("%s is missing", name))
		}
	}
	return there, wrong
}

// compareImages looks whether the images are those that the database knows.
func compareImages(ctx context.Context, dir string, s *sums) (wrong []error) {
	known, err := sqlite.MediaOf(ctx, inside(dir, Database))
	if err != nil {
		return []error{err}
	}
	rest := map[string]bool{Database: true, Secret: true}
	for _, m := range known {
		if media.TypeOf(m.Name) == "" {
			wrong = append(wrong, fmt.Errorf("the database knows an image with the name %q", m.Name))
			continue
		}
		where := path.Join(Media, media.Path(m.Name))
		rest[where] = true
		if sum, ok := s.files[where]; (!ok || sum != m.SHA256) && !slices.Contains(s.lost, m.Name) {
			wrong = append(wrong, fmt.Errorf("%s isn't the image that the database knows", where))
		}
	}
	for name := range s.files {
		if !rest[name] {
			wrong = append(wrong, fmt.Errorf("%s isn't known to the database", name))
		}
	}
	return wrong
}
