package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// chatBuffer holds what somebody gets who enters a room of two hundred.
const chatBuffer = 64 << 10

// A visitor is somebody in the chat, from an address of their own.
type visitor struct {
	addr   string // of the chat
	from   net.IP
	cookie string
	room   string // where they sit
}

// arrive makes visitor i a session.
func arrive(ctx context.Context, addr string, i int) (*visitor, error) {
	v := &visitor{addr: addr, from: net.IPv4(127, 1+byte(i>>14), byte(i>>7&127), byte(1+i&127))}
	answer, _, err := v.request(ctx, "GET", "/", "")
	if err != nil {
		return nil, fmt.Errorf("visitor %d arrives: %w", i, err)
	}
	for _, c := range answer.Cookies() {
		if c.Name == "sid" {
			v.cookie = c.Value
			return v, nil
		}
	}
	return nil, fmt.Errorf("visitor %d got no session", i)
}

// request sends one on a connection of its own.
func (v *visitor) request(ctx context.Context, method, path, body string) (*http.Response, []byte, error) {
	d := net.Dialer{Timeout: patience, LocalAddr: &net.TCPAddr{IP: v.from}}
	conn, err := d.DialContext(ctx, "tcp", v.addr)
	if err != nil {
		return nil, nil, err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	head := method + " " + path + " HTTP/1.1\r\nHost: " + v.addr + "\r\nConnection: close\r\n" + v.lines()
	if body != "" {
		head += fmt.Sprintf("Content-Type: application/json\r\nAccept: application/json\r\nContent-Length: %d\r\n", len(body))
	}
	if _, err := io.WriteString(conn, head+"\r\n"+body); err != nil {
		return nil, nil, err
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %s: %.200s", method, path, answer.Status, text)
	}
	return answer, text, err
}

// lines are the headers that tell who it is.
func (v *visitor) lines() string {
	if v.cookie == "" {
		return ""
	}
	return "Cookie: sid=" + v.cookie + "\r\nOrigin: http://" + v.addr + "\r\n"
}

// open makes a room.
func (v *visitor) open(ctx context.Context, seats int) (id string, err error) {
	_, text, err := v.request(ctx, "POST", "/room", fmt.Sprintf(`{"title":"Measured","max":%d}`, seats))
	if err != nil {
		return "", err
	}
	var made struct {
		Room struct {
			ID string `json:"_id"`
		}
	}
	if err := json.Unmarshal(text, &made); err != nil || made.Room.ID == "" {
		return "", fmt.Errorf("the room is %.200s (%w)", text, err)
	}
	return made.Room.ID, nil
}

// sit connects and takes the seat.
func (v *visitor) sit(ctx context.Context) (*client, error) {
	return dialFrom(ctx, v.addr, v.from, chatBuffer, func(c *client) error {
		if err := c.handshake(v.addr, v.lines(), "/chat,"); err != nil {
			return err
		}
		if err := c.write(opText, fmt.Appendf(nil, `42/chat,0["join",{"room":%q}]`, v.room)); err != nil {
			return err
		}
		for {
			_, p, err := c.next()
			if err != nil {
				return fmt.Errorf("join: %w", err)
			}
			if answer, ok := bytes.CutPrefix(p, []byte("43/chat,0[")); ok {
				if !bytes.HasPrefix(answer, []byte(`{"ok":true`)) {
					return fmt.Errorf("join: got %.200s", answer)
				}
				return nil
			}
		}
	})
}

// settle makes n visitors, in rooms of a size that the first of each opens.
func settle(ctx context.Context, addr string, first, n, size int) ([]*visitor, error) {
	all := make([]*visitor, n)
	err := sideBySide(n, func(i int) (err error) {
		all[i], err = arrive(ctx, addr, first+i)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = sideBySide((n+size-1)/size, func(i int) error {
		id, err := all[i*size].open(ctx, size)
		if err != nil {
			return fmt.Errorf("open room %d: %w", i, err)
		}
		for _, v := range all[i*size : min(n, (i+1)*size)] {
			v.room = id
		}
		return nil
	})
	return all, err
}

// seat connects all, and each to their room. What visitor i hears goes to crew(i, client).
func seat(ctx context.Context, all []*visitor, crew func(i int, c *client) receiver) (*fleet, error) {
	return muster(ctx, len(all), func(i int) (*client, error) {
		c, err := all[i].sit(ctx)
		if err != nil {
			return nil, fmt.Errorf("visitor %d: %w", i, err)
		}
		return c, nil
	}, crew)
}

// textOf finds what was said in a message of the chat.
func textOf(p []byte) (text []byte, ok bool) {
	if !bytes.HasPrefix(p, []byte(`42/chat,["chat",`)) {
		return nil, false
	}
	_, rest, ok := bytes.Cut(p, []byte(`"chat":"`))
	text, _, ended := bytes.Cut(rest, []byte(`"`))
	return text, ok && ended
}

// limitsOff takes the limits away that hold for people, and not for a load generator.
func limitsOff() (args []string) {
	for name := range strings.FieldsSeq(openLimits) {
		args = append(args, "--limit="+name+"=-1")
	}
	return append(args, "--limit=send-burst=1000000")
}

const openLimits = `rooms rooms-per-identity creates-per-address address-room-day send-per-second
	address-sends-per-second room-per-second address-text-day joins-per-minute address-joins-per-minute
	room-joins-per-minute room-newcomers room-newcomers-free newcomers-free history-per-second
	address-reads-per-second sessions-per-minute sockets-per-identity sockets-per-address sockets
	connections-per-address requests-per-second handshakes-per-second events-per-second address-events-per-second`
