package chat

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"time"
)

const grantSize = 8 + sha256.Size

// signGrant says that a session knew version ver of the room's password: the end of validity in
// seconds, then an HMAC over all of it.
func signGrant(secret []byte, room, session string, ver int, until time.Time) string {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, grantSize), uint64(until.Unix()))
	b = append(b, grantMAC(secret, room, session, ver, b)...)
	return base64.RawURLEncoding.EncodeToString(b)
}

func grantHolds(secret []byte, grant, room, session string, ver int) bool {
	b, err := base64.RawURLEncoding.DecodeString(grant)
	if err != nil || len(b) != grantSize {
		return false
	}
	until := time.Unix(int64(binary.BigEndian.Uint64(b)), 0)
	return hmac.Equal(b[8:], grantMAC(secret, room, session, ver, b[:8])) && time.Now().Before(until)
}

func grantMAC(secret []byte, room, session string, ver int, until []byte) []byte {
	m := hmac.New(sha256.New, secret)
	fmt.Fprintf(m, "grant\x00%s\x00%s\x00%d\x00", room, session, ver)
	m.Write(until)
	return m.Sum(nil)
}
