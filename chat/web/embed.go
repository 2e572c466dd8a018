// Package web carries the browser part of the chat: one page, one style sheet, a script that every
// view needs, and a part for each view, each language and what opens later.
//
// The files are built from npm and are not in git: `make web` writes them to dist. A program
// built without them works and has no page to show. All of it is read-only after the build,
// so any goroutine may call FS.
package web

import (
	"embed"
	"io/fs"
)

//go:embed dist
var dist embed.FS

// FS returns the folder of the build: index.html, the template of the page, manifest.json, which
// tells what each part imports, and assets, whose names carry a hash of their content. It reports
// false when the page wasn't built.
func FS() (fs.FS, bool) {
	return built(dist)
}

func built(root fs.FS) (fs.FS, bool) {
	files, err := fs.Sub(root, "dist")
	if err != nil {
		return nil, false
	}
	if info, err := fs.Stat(files, "index.html"); err != nil || !info.Mode().IsRegular() {
		return nil, false
	}
	return files, true
}
