// Package control is the operator's door: HTTP on a Unix socket in the data folder, which nobody
// but the owner of the folder can open. The commands of the program are its clients. It has no
// other protection and needs none: who can open the socket can write the database too.
//
// Server and client may be of different versions: the server refuses routes and fields that it
// doesn't know, the client passes over fields that it doesn't know.
package control

import (
	"errors"
	"net/http"
	"net/url"
	"time"
)

// Socket is the name of the socket in the data folder.
const Socket = "control.sock"

// Patience is how long one end may be silent while the other waits for it.
const Patience = 30 * time.Second

// ErrNotRunning is what a call fails with when no server uses the data folder.
var ErrNotRunning = errors.New("no server is running")

const (
	// versionHeader tells the client which version has answered.
	versionHeader = "Madang-Version"
	// errorTrailer tells it behind an answer why that isn't whole.
	errorTrailer = "Madang-Error"
)

// Fail says behind an answer that has begun why it isn't whole: the client's reading of it fails
// with the text of err.
func Fail(w http.ResponseWriter, err error) {
	http.NewResponseController(w).Flush() // what has a length has no trailer
	w.Header().Set(http.TrailerPrefix+errorTrailer, url.QueryEscape(err.Error()))
}
