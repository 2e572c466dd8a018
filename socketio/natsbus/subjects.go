package natsbus

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// subjects are the names of all subjects, which begin with Options.Subject.
type subjects struct{ prefix string }

func (s subjects) servers() string            { return s.prefix + ".servers" }
func (s subjects) server(name string) string  { return s.prefix + ".server." + token(name) }
func (s subjects) everyone() string           { return s.prefix + ".all" }
func (s subjects) to(name string) string      { return s.prefix + ".to." + token(name) }
func (s subjects) in(namespace string) string { return s.prefix + ".in." + token(namespace) }
func (s subjects) nobody(run string) string   { return s.prefix + ".nobody." + run }
func (s subjects) room(namespace, room string) string {
	return s.prefix + ".room." + token(namespace) + "." + token(room)
}

// Of a log are the subjects that it keeps, and those on which NATS tells what has been kept, in
// order: .log and .ev, and behind them the namespace and the sender's run. A room has none of its
// own: a client may come back to any room, and must miss nothing between what it is given and what
// comes then.
func (s subjects) logged(kind, namespace, run string) string {
	return s.prefix + kind + namespace + "." + run
}

// nothing stands for all namespaces: none is written like that.
const nothing = "="

func orNothing(namespace string) string {
	if namespace == "" {
		return nothing
	}
	return token(namespace)
}

// out is where what is for a namespace or a room of it goes, or for all.
func (l *line) out(namespace, room string) string {
	if l.log != nil {
		return l.logged(".log.", orNothing(namespace), l.runOf())
	}
	return l.heard(namespace, room)
}

// heard is where that is heard.
func (l *line) heard(namespace, room string) string {
	switch {
	case l.log != nil:
		return l.logged(".ev.", orNothing(namespace), "*")
	case room != "":
		return l.room(namespace, room)
	case namespace != "":
		return l.in(namespace)
	}
	return l.everyone()
}

// own is where a server hears what it has said itself.
func (l *line) own() string { return l.logged(".ev.", "*", l.bus.Run()) }

// maxToken keeps subjects below what NATS takes for a line, 4096 bytes.
const maxToken = 500

// token makes of any name a part of a subject. Nobody reads it back: messages say where they
// belong.
func token(name string) string {
	var b strings.Builder
	for i, r := range name {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(name[i:], string(utf8.RuneError)):
			fmt.Fprintf(&b, "%%%02X", name[i])
		case r <= ' ' || strings.ContainsRune("\x7f.*>%=$", r):
			fmt.Fprintf(&b, "%%%02X", r)
		default:
			b.WriteRune(r)
		}
	}
	if b.Len() <= maxToken && b.Len() > 0 {
		return b.String()
	}
	sum := sha256.Sum256([]byte(name))
	return "=" + base64.RawURLEncoding.EncodeToString(sum[:])
}

// ids are the rooms that the sockets are by their own ids, of which a Bus isn't told.
var ids = regexp.MustCompile(`(?s)^(.*#)?[\w-]{20}$`)

func anID(room string) bool { return ids.MatchString(room) }
