package main

import (
	"errors"
	"io"
	"net/http"

	"github.com/madang-chat/madang/internal/ws"
)

// maxEcho is the longest message that wsecho takes.
const maxEcho = 16 << 20

// echo sends every WebSocket message back, for collections of RFC 6455 cases.
func echo(w http.ResponseWriter, r *http.Request) {
	key, err := ws.CheckUpgrade(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	h := w.Header()
	h.Set("Upgrade", "websocket")
	h.Set("Connection", "Upgrade")
	h.Set("Sec-WebSocket-Accept", ws.AcceptKey(key))
	response, deflate := ws.NegotiateDeflate(r.Header)
	if deflate {
		h.Set("Sec-WebSocket-Extensions", response)
	}
	w.WriteHeader(http.StatusSwitchingProtocols)
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	e := &echoer{w: conn, deflate: deflate}
	d := &ws.Decoder{Limit: maxEcho, Deflate: deflate}
	buf := make([]byte, 64<<10)
	for !e.closed {
		n, err := rw.Read(buf)
		if n > 0 {
			if ferr := d.Feed(buf[:n], e); ferr != nil {
				e.fail(ferr)
				return
			}
		}
		if err != nil {
			return
		}
	}
}

type echoer struct {
	w       io.Writer
	deflate bool
	closed  bool
}

func (e *echoer) Message(p []byte, binary bool) error {
	op := ws.Text
	if binary {
		op = ws.Binary
	}
	if !e.deflate {
		return e.write(ws.AppendFrame(nil, op, p))
	}
	z, err := ws.Deflate(nil, p)
	if err != nil {
		return err
	}
	return e.write(append(ws.AppendHeader(nil, op, len(z), true), z...))
}

func (e *echoer) Control(op ws.Opcode, p []byte) error {
	switch op {
	case ws.Ping:
		return e.write(ws.AppendFrame(nil, ws.Pong, p))
	case ws.Close:
		e.closed = true
		return e.write(ws.AppendFrame(nil, ws.Close, p))
	}
	return nil
}

func (e *echoer) write(p []byte) error {
	_, err := e.w.Write(p)
	return err
}

// fail tells the client what it did wrong, if it was the client.
func (e *echoer) fail(err error) {
	var fault *ws.Error
	if errors.As(err, &fault) {
		_ = e.write(ws.AppendClose(nil, fault.Code, fault.Text)) // the connection ends either way
	}
}
