package pgbus

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// names are those of the channels and of the table.
type names struct{ channel, table string }

// A name of a channel has 63 bytes at most: LISTEN cuts it off, and pg_notify refuses it.
const mostName = 63

func (n names) of(namespace string) string { return short(n.channel + "#" + namespace) }
func (n names) members() string            { return short(n.channel + "-madang") }
func (n names) member(name string) string  { return short(n.channel + "-madang-of#" + name) }
func (n names) questionsOfOurs() string    { return short(n.channel + "-madang-all") }

// kept is what stands for a namespace in the log, which clusters may share: it begins with whole,
// the key of the channel.
func (n names) kept(namespace string) []byte { return append(n.whole(), key(namespace)...) }
func (n names) whole() []byte                { return key(n.channel) }

// short makes a name that PostgreSQL takes: what is too long, or no text to it, has a digest in its
// place. No server of Node can be on such a channel.
func short(name string) string {
	if len(name) <= mostName && utf8.ValidString(name) && !strings.Contains(name, "\x00") {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return "madang=" + hex.EncodeToString(sum[:24])
}
