package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/internal/disk"
	"github.com/madang-chat/madang/chat/media"
	"github.com/madang-chat/madang/chat/sqlite"
)

// Summary tells of a backup.
type Summary struct {
	Images int
	Bytes  int64    // of all files
	Lost   []string // images that the database knows and that weren't there, or not whole
}

func summarize(dir string, s *sums) Summary {
	sum := Summary{Images: len(s.files) - 2, Lost: s.lost}
	for name := range s.files {
		if info, err := os.Stat(inside(dir, name)); err == nil {
			sum.Bytes += info.Size()
		}
	}
	return sum
}

// Make copies the data folder to dir, which must not exist. Whoever uses the data goes on
// meanwhile. Dir gets its name when all of it is there; what fails leaves nothing.
func Make(ctx context.Context, data, dir string) (Summary, error) {
	if err := Unfinished(data); err != nil {
		return Summary{}, err
	}
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		return Summary{}, fmt.Errorf("%s is there already: choose a new name", dir)
	}
	dir = filepath.Clean(dir)
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return Summary{}, fmt.Errorf("make backup folder: %w", err)
	}
	temp, err := os.MkdirTemp(filepath.Dir(dir), filepath.Base(dir)+".unfinished-") // mode 0700
	if err != nil {
		return Summary{}, fmt.Errorf("make backup folder: %w", err)
	}
	b := &backup{data: data, dir: temp, sums: sums{files: map[string][32]byte{}}}
	if err := b.make(ctx); err != nil {
		return Summary{}, errors.Join(err, os.RemoveAll(temp))
	}
	if err := os.Rename(temp, dir); err != nil {
		return Summary{}, errors.Join(fmt.Errorf("name backup: %w", err), os.RemoveAll(temp))
	}
	disk.SyncDir(filepath.Dir(dir))
	return b.summary, nil
}

// backup is one that is being made.
type backup struct {
	data, dir string
	sums      sums
	summary   Summary
}

func (b *backup) make(ctx context.Context) error {
	if err := b.begin(ctx); err != nil {
		return err
	}
	return b.end(ctx)
}

// begin copies the images, then the database, so that little is left to happen between both.
func (b *backup) begin(ctx context.Context) error {
	b.sums.about = fmt.Sprintf("made %s", time.Now().UTC().Format(time.RFC3339))
	if err := b.copyAll(ctx); err != nil {
		return err
	}
	return sqlite.Snapshot(ctx, inside(b.data, Database), inside(b.dir, Database))
}

// end brings the images and the database together, and sums all up.
func (b *backup) end(ctx context.Context) error {
	known, err := b.copyKnown(ctx)
	if err != nil {
		return err
	}
	if err := b.dropUnknown(known); err != nil {
		return err
	}
	if err := sqlite.Check(ctx, inside(b.dir, Database)); err != nil {
		return err
	}
	if b.sums.files[Database], err = disk.Sum(ctx, inside(b.dir, Database)); err != nil {
		return err
	}
	if b.sums.files[Secret], err = disk.Copy(ctx, inside(b.data, Secret), inside(b.dir, Secret)); err != nil {
		return err
	}
	if err := writeFile(inside(b.dir, sumsName), b.sums.encode()); err != nil {
		return fmt.Errorf("write sums: %w", err)
	}
	b.summary = summarize(b.dir, &b.sums)
	return syncDirs(b.dir)
}

// copyAll copies what images there are.
func (b *backup) copyAll(ctx context.Context) error {
	if _, err := os.Stat(inside(b.data, Media)); err != nil {
		return fmt.Errorf("%s is no data folder: %w", b.data, err)
	}
	files, err := media.Open(inside(b.data, Media))
	if err != nil {
		return err
	}
	return files.Names(func(name string, _ time.Time) error {
		if media.TypeOf(name) == "" { // an upload under way
			return nil
		}
		if err := b.copyImage(ctx, name); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	})
}

func (b *backup) copyImage(ctx context.Context, name string) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	where := path.Join(Media, media.Path(name))
	sum, err := disk.Copy(ctx, inside(b.data, where), inside(b.dir, where))
	if err != nil {
		return err
	}
	b.sums.files[where] = sum
	return nil
}

// copyKnown copies the images that the copy of the database knows and that aren't copied yet, and
// lists all that it knows. Who closes a room removes it from the database first, then its images:
// one that is missing belonged to a room that was closed meanwhile, and then the copy forgets that
// room, or is lost, and then the database still knows it.
func (b *backup) copyKnown(ctx context.Context) (known []chat.Media, err error) {
	copied := inside(b.dir, Database)
	for { // each turn but the last takes rooms or messages away
		if known, err = sqlite.MediaOf(ctx, copied); err != nil {
			return nil, err
		}
		var gone []string
		b.sums.lost = nil
		for _, m := range known {
			is, err := b.copyOne(ctx, m)
			if err != nil {
				return nil, err
			}
			if is != whole {
				b.sums.lost = append(b.sums.lost, m.Name)
			}
			if is == missing {
				gone = append(gone, m.Name)
			}
		}
		if gone, err = sqlite.Unknown(ctx, inside(b.data, Database), gone); err != nil {
			return nil, err
		}
		if len(gone) == 0 {
			return known, nil
		}
		if err := sqlite.RemoveGone(ctx, copied, inside(b.data, Database), gone); err != nil {
			return nil, err
		}
	}
}

// state is that of an image in the data folder.
type state int

const (
	whole state = iota
	damaged
	missing
)

// copyOne copies an image that the database knows, unless that was done.
func (b *backup) copyOne(ctx context.Context, m chat.Media) (state, error) {
	if media.TypeOf(m.Name) == "" {
		return missing, nil
	}
	where := path.Join(Media, media.Path(m.Name))
	if _, copied := b.sums.files[where]; !copied {
		err := b.copyImage(ctx, m.Name)
		if errors.Is(err, fs.ErrNotExist) {
			return missing, nil
		}
		if err != nil {
			return missing, err
		}
	}
	if b.sums.files[where] != m.SHA256 {
		return damaged, nil
	}
	return whole, nil
}

// dropUnknown removes the images that no message knows, or didn't yet.
func (b *backup) dropUnknown(known []chat.Media) error {
	keep := map[string]bool{}
	for _, m := range known {
		if media.TypeOf(m.Name) == "" {
			continue
		}
		keep[path.Join(Media, media.Path(m.Name))] = true
	}
	for where := range b.sums.files {
		if keep[where] {
			continue
		}
		if err := os.Remove(inside(b.dir, where)); err != nil {
			return err
		}
		delete(b.sums.files, where)
	}
	return nil
}
