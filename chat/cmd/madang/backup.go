package main

import (
	"context"
	"fmt"

	"github.com/madang-chat/madang/chat/backup"
)

type backupCommand struct {
	Dir string `arg:"" help:"Name of the backup: a folder that doesn't exist yet. Keep it private: it holds all messages, images and the secret."`

	Data string `default:"./data" placeholder:"FOLDER" help:"Folder of the data (${default})."`
}

// Run copies the data.
func (c backupCommand) Run(ctx context.Context, s streams) error {
	sum, err := backup.Make(ctx, c.Data, c.Dir)
	if err != nil {
		return err
	}
	tellSummary(s, c.Dir, "is made", sum)
	return nil
}

type verifyCommand struct {
	Dir string `arg:"" help:"Folder of the backup. Nothing in it is changed."`
}

// Run checks a backup.
func (c verifyCommand) Run(ctx context.Context, s streams) error {
	sum, err := backup.Verify(ctx, c.Dir)
	if err != nil {
		return err
	}
	tellSummary(s, c.Dir, "is whole", sum)
	return nil
}

type restoreCommand struct {
	Dir string `arg:"" help:"Folder of the backup. It stays as it is, and is verified first."`

	Data    string `default:"./data" placeholder:"FOLDER" help:"Folder to put the data into; made when it doesn't exist (${default})."`
	Replace bool   `help:"Move data that is there to a folder inside of the data folder, instead of stopping."`
}

// Run restores a backup.
func (c restoreCommand) Run(ctx context.Context, s streams) error {
	sum, err := backup.Verify(ctx, c.Dir)
	if err != nil {
		return err
	}
	if err := openFolder(c.Data); err != nil {
		return err
	}
	lock, err := lockFolder(c.Data)
	if err != nil {
		return err
	}
	defer lock.Close()
	replaced, err := backup.Restore(ctx, c.Dir, c.Data, c.Replace)
	if err != nil {
		return err
	}
	if replaced != "" {
		fmt.Fprintln(s.out, "The old data is in", replaced)
	}
	tellSummary(s, c.Dir, "is restored", sum)
	return nil
}

func tellSummary(s streams, dir, what string, sum backup.Summary) {
	fmt.Fprintf(s.out, "The backup %s %s: %.1f MB, images: %d\n", dir, what, float64(sum.Bytes)/1e6, sum.Images)
	for _, name := range sum.Lost {
		fmt.Fprintf(s.err, "The image %s was missing or damaged already when the backup was made\n", name)
	}
}
