package control

import (
	"fmt"
	"os"
	"path/filepath"
)

// pathMost is what the path of a socket may have: macOS takes 104 bytes, the others 108, all with
// the zero behind it.
const pathMost = 103

// within calls f with a path of the socket in dir that is short enough. Behind f it may be that of
// something else.
func within(dir string, f func(path string) error) error {
	path := filepath.Join(dir, Socket)
	if path[0] == '@' { // a name that is no file's, for the package net
		path = "./" + path
	}
	if len(path) <= pathMost {
		return f(path)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("find the socket: %w", err)
	}
	if wd, err := os.Getwd(); err == nil {
		// Through ".." the way may be another one, where a link has led here.
		if rel, err := filepath.Rel(wd, abs); err == nil && filepath.IsLocal(rel) && len(rel) <= pathMost && rel[0] != '@' {
			return f(rel)
		}
	}
	return byShortcut(filepath.Dir(abs), f)
}

// byLink calls f with a path through a link to dir.
func byLink(dir string, f func(path string) error) error {
	temp, err := os.MkdirTemp("", "madang-")
	if err != nil {
		return fmt.Errorf("make a short name of the data folder: %w", err)
	}
	defer os.RemoveAll(temp) // the link alone
	link := filepath.Join(temp, "d")
	if err := os.Symlink(dir, link); err != nil {
		return fmt.Errorf("make a short name of the data folder: %w", err)
	}
	return f(filepath.Join(link, Socket))
}
