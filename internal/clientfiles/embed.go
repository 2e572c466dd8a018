// Package clientfiles carries the official JavaScript clients: the newest one, which a server
// offers under its own path as /socket.io/socket.io.js and the like, and the one of 1.4.8 for
// pages that show that such clients still work.
//
// The files come from npm and are not in git: `make client` copies them to dist and legacy. A
// build without them works and has no client to offer. All of it is read-only after the build,
// so any goroutine may call these functions.
package clientfiles

import (
	"embed"
	"io/fs"
)

//go:embed dist
var dist embed.FS

//go:embed legacy
var legacy embed.FS

// Names lists the files that a Socket.IO server serves, without the path in front.
var Names = []string{
	"socket.io.js", "socket.io.js.map",
	"socket.io.min.js", "socket.io.min.js.map",
	"socket.io.esm.min.js", "socket.io.esm.min.js.map",
	"socket.io.msgpack.min.js", "socket.io.msgpack.min.js.map",
}

// LegacyNames lists the files of the client 1.4.8.
var LegacyNames = []string{"socket.io.js"}

// FS returns the folder that holds the files of Names. It reports false when one of them is
// missing: the client wasn't built then, and nothing of the folder should be served.
func FS() (fs.FS, bool) {
	return built(dist, "dist", Names)
}

// Legacy is FS for the files of LegacyNames.
func Legacy() (fs.FS, bool) {
	return built(legacy, "legacy", LegacyNames)
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
