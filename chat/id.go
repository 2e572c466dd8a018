package chat

import (
	"crypto/rand"
	"encoding/binary"
	"strings"
	"time"
)

const (
	crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	base62    = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// NewID returns a ULID: 26 characters, 48 bits of milliseconds, then 80 random bits.
func NewID() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], uint64(time.Now().UnixMilli())<<16)
	rand.Read(b[6:])
	hi, lo := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	var id [26]byte
	for i := len(id) - 1; i >= 0; i-- {
		id[i] = crockford[lo&31]
		lo = lo>>5 | hi<<59
		hi >>= 5
	}
	return string(id[:])
}

// madeBefore tells whether an ID of NewID is no younger than t.
func madeBefore(id string, t time.Time) bool {
	const digits = 10 // of the milliseconds
	if len(id) < digits {
		return false
	}
	ms := int64(0)
	for _, c := range []byte(id[:digits]) {
		ms = ms<<5 | int64(strings.IndexByte(crockford, c))
	}
	return ms <= t.UnixMilli()
}

// roomIDLen is the length of a room's id.
const roomIDLen = 22

// isRoomID tells whether a text looks like the id of a room.
func isRoomID(s string) bool {
	return len(s) == roomIDLen && strings.Trim(s, base62) == ""
}

// NewRoomID returns 22 random characters, 130 bits: an unlisted room is as hidden as its id.
func NewRoomID() string {
	id := make([]byte, 0, roomIDLen)
	var b [32]byte
	for len(id) < cap(id) {
		rand.Read(b[:])
		for _, c := range b {
			// 248 = 4·62: larger bytes would favour the first letters.
			if c < 248 && len(id) < cap(id) {
				id = append(id, base62[c%62])
			}
		}
	}
	return string(id)
}
