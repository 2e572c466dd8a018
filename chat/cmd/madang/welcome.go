package main

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strings"

	"rsc.io/qr"
)

// welcome tells a person at a terminal where the chat is: on this machine and, for a phone beside
// it, in the local network.
func welcome(out io.Writer, local, network string, w words) {
	fmt.Fprintf(out, "\n  %s\n\n  %s  %s\n", w.open, w.here, local)
	if network != "" {
		fmt.Fprintf(out, "  %s  %s\n\n%s", w.near, network, picture(network))
	}
	fmt.Fprintf(out, "\n  %s\n\n", w.end)
}

type words struct{ open, here, near, end string }

var (
	korean  = words{"마당이 열렸어요.", "이 컴퓨터에서     ", "같은 네트워크에서 ", "끝내려면 Ctrl+C를 누르세요."}
	english = words{"The chat is open.", "On this machine     ", "In the same network ", "Ctrl+C ends it."}
)

// wordsOf are those of the operator, by the first variable that says something.
func wordsOf(variable func(string) string) words {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if text := variable(name); text != "" {
			if strings.HasPrefix(text, "ko") {
				return korean
			}
			break
		}
	}
	return english
}

// inNetwork is where others in the local network find what this machine, which has the address own,
// serves on all its addresses, or "".
func inNetwork(local string, listener net.Addr, own netip.Addr) string {
	addr, ok := listener.(*net.TCPAddr)
	if !ok || !addr.IP.IsUnspecified() || !own.IsPrivate() {
		return ""
	}
	return strings.Replace(local, "localhost", own.String(), 1)
}

// outward is the address that this machine has towards others, of several interfaces the one that
// leads out. Nothing is sent for that.
func outward() netip.Addr {
	c, err := net.Dial("udp4", "192.0.2.1:9") // an address of nobody
	if err != nil {
		return netip.Addr{}
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
}

// quiet is how much white a camera needs around the picture.
const quiet = 2

// picture is an address for a camera, two rows of squares in a line: black on white, whatever the
// colours of the terminal are. "" = this terminal can't show it.
func picture(url string) string {
	code, err := qr.Encode(url, qr.L)
	if err != nil || runtime.GOOS == "windows" || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return ""
	}
	var b strings.Builder
	for y := -quiet; y < code.Size+quiet; y += 2 {
		b.WriteString("  \x1b[38;5;16;48;5;231m")
		for x := -quiet; x < code.Size+quiet; x++ {
			switch above, below := code.Black(x, y), code.Black(x, y+1); {
			case above && below:
				b.WriteRune('█')
			case above:
				b.WriteRune('▀')
			case below:
				b.WriteRune('▄')
			default:
				b.WriteRune(' ')
			}
		}
		b.WriteString("\x1b[0m\n")
	}
	return b.String()
}
