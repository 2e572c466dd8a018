package redisbus

import (
	"cmp"
	"strings"
)

const defaultKey = "socket.io"

// channels are the names of all channels, which begin with Options.Key.
type channels struct{ key string }

func newChannels(key string) channels { return channels{cmp.Or(key, defaultKey)} }

func (c channels) event(namespace string, rooms []string) string {
	name := c.key + "#" + namespace + "#"
	if len(rooms) == 1 {
		name += rooms[0] + "#"
	}
	return name
}

func (c channels) request(namespace string) string  { return c.key + "-request#" + namespace + "#" }
func (c channels) response(namespace string) string { return c.key + "-response#" + namespace + "#" }

// responseTo is where a server of Node hears answers that the others needn't hear.
func (c channels) responseTo(namespace, uid string) string {
	return c.response(namespace) + uid + "#"
}

func (c channels) members() string              { return c.key + "-madang#" }
func (c channels) asked() string                { return c.key + "-madang-asked#" }
func (c channels) member(name string) string    { return c.key + "-madang-of#" + name + "#" }
func (c channels) ours(namespace string) string { return c.key + "-madang-in#" + namespace + "#" }

// Events and requests of all namespaces are heard by patterns, so that a namespace that has just
// been made misses nothing.
func (c channels) events() string   { return escape(c.key) + "#*" }
func (c channels) requests() string { return escape(c.key) + "-request#*" }

// inNamespace are the channels that are subscribed to for a namespace. That of requests is there to
// be counted by servers of Node; what comes on it comes by the pattern, too.
func (c channels) inNamespace(namespace, name string) []string {
	return []string{c.request(namespace), c.response(namespace), c.responseTo(namespace, name), c.ours(namespace)}
}

// namespaceOf cuts the namespace out of the name of a channel. It may hold the character that ends
// it, so all that it may be are tried.
func namespaceOf(rest string, known func(string) bool) (namespace string, ok bool) {
	for i := range len(rest) {
		if rest[i] == '#' && known(rest[:i]) {
			return rest[:i], true
		}
	}
	return "", false
}

var globs = strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`)

// escape makes a pattern of a text that matches nothing else.
func escape(text string) string { return globs.Replace(text) }

func isRequest(channel, key string) bool { return strings.HasPrefix(channel, key+"-request#") }
