package main

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/coreos/go-systemd/v22/activation"
)

// plainSocket is the name, FileDescriptorName= of a .socket unit, of the socket for visitors
// without TLS. A socket with any other name is the site's.
const plainSocket = "http"

// sockets are those that a service manager listens on for the program, which takes each once: they
// stay open while it restarts, so that nobody is refused, and its ports may be those that only root
// can open.
type sockets struct{ site, plain net.Listener }

// inherit takes the sockets that the program was started with. There are none without a service
// manager that has some for it.
func inherit() (s sockets, err error) {
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	for _, f := range activation.Files(true) {
		name := f.Name()
		l, err := net.FileListener(f)
		f.Close()
		if err != nil {
			return s, fmt.Errorf("socket %q of the service manager: %w", name, err)
		}
		place := &s.site
		if name == plainSocket {
			place = &s.plain
		}
		switch {
		case l.Addr().Network() != "tcp":
			err = errors.New("it isn't one of TCP")
		case *place != nil:
			err = errors.New("there is another one; ListenStream=8005 alone serves IPv4 and IPv6")
		default:
			*place = l
			continue
		}
		l.Close()
		return s, fmt.Errorf("socket %q of the service manager, %s: %w", name, l.Addr(), err)
	}
	return s, nil
}

// listen takes a socket, or listens on an address where there is none.
func listen(socket *net.Listener, address string) (net.Listener, error) {
	if l := *socket; l != nil {
		*socket = nil
		return l, nil
	}
	return net.Listen("tcp", address)
}

// unused fails when nobody has taken a socket, whose visitors would wait for ever.
func (s sockets) unused() error {
	var names []string
	for _, l := range []net.Listener{s.site, s.plain} {
		if l != nil {
			names = append(names, l.Addr().String())
		}
	}
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("nothing is served on %s, which the service manager listens on: "+
		"a socket named %q is for servers with certificates", strings.Join(slices.Compact(names), ", "), plainSocket)
}

func (s sockets) close() {
	for _, l := range []net.Listener{s.site, s.plain} {
		if l != nil {
			l.Close()
		}
	}
}
