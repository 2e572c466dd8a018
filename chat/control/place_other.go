//go:build !linux

package control

func byShortcut(dir string, f func(path string) error) error { return byLink(dir, f) }
