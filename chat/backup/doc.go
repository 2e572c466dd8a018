// Package backup copies the data of the chat while it is used, looks whether a copy is whole, and
// puts one back.
//
// A backup is a folder with what a data folder has, the database as of one commit, every image that
// it knows and the secret, and with the file SHA256SUMS. That one has the form of sha256sum, which
// can check it too, and between comments: the first tells where the backup is from, further ones
// which images were lost before, the last the sum of the lines above it.
package backup

// What a data folder holds.
const (
	Database = "chat.db"
	Media    = "media"
	Secret   = "secret"
)
