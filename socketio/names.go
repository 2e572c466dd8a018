package socketio

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/madang-chat/madang/internal/packet"
)

func isName(name string) bool { return name != "" && utf8.ValidString(name) }

// checkEvent says why nothing can be emitted under a name.
func checkEvent(name string) error {
	switch {
	case packet.Reserved(name):
		return ErrReserved
	case !isName(name):
		return ErrEventName
	}
	return nil
}

// mustName panics for an event that could never come.
func mustName(name string) {
	switch {
	case packet.Reserved(name):
		panic(fmt.Sprintf("socketio: %q is a reserved event name: use OnConnect, OnDisconnect or middleware", name))
	case checkEvent(name) != nil:
		panic(fmt.Sprintf("socketio: %q can't be the name of an event: it is empty or no UTF-8", name))
	}
}

// checkNamespace says why no client can ask for a namespace of a name.
func checkNamespace(name string) error {
	switch {
	case strings.Contains(name, ","):
		return errors.New("a comma ends the name on the wire")
	case strings.Contains(name, "?"):
		return errors.New("clients take what follows the question mark for a query")
	case len(name) > packet.MaxNamespace:
		return fmt.Errorf("it is longer than %d bytes", packet.MaxNamespace)
	case !utf8.ValidString(name):
		return errors.New("it is no UTF-8")
	case strings.ContainsFunc(name, unicode.IsControl):
		return errors.New("it has control characters")
	}
	return nil
}
