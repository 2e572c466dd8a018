// Package clientfiles carries the official JavaScript client, which a server offers under its own
// path as /socket.io/socket.io.js and the like.
//
// The files come from npm and are not in git: `make client` copies them to dist and puts their
// compressed forms beside the scripts. A build without them works and has no client to offer. All
// of it is read-only after the build, so any goroutine may call FS.
package clientfiles

import (
	"embed"
	"io/fs"
)

//go:embed dist
var dist embed.FS

// Names lists the files that a Socket.IO server serves, without the path in front.
var Names = []string{
	"socket.io.js", "socket.io.js.map",
	"socket.io.min.js", "socket.io.min.js.map",
	"socket.io.esm.min.js", "socket.io.esm.min.js.map",
	"socket.io.msgpack.min.js", "socket.io.msgpack.min.js.map",
}

// FS returns the folder that holds the files of Names. It reports false when one of them is
// missing: the client wasn't built then, and nothing of the folder should be served.
func FS() (fs.FS, bool) {
	return built(dist, "dist", Names)
}

func built(root fs.FS, folder string, names []string) (fs.FS, bool) {
	files, err := fs.Sub(root, folder)
	if err != nil {
		return nil, false
	}
	for _, name := range names {
		if info, err := fs.Stat(files, name); err != nil || !info.Mode().IsRegular() {
			return nil, false
		}
	}
	return files, true
}
