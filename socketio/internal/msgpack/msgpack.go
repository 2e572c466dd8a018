// Package msgpack turns Socket.IO packets in the form of socket.io-msgpack-parser 3 into their text
// form and back, so that all behind it knows one form only. A packet is a map:
//
//	{type: 2, nsp: "/", data: ["hi", 1], id: 5}
//
// The encoding is MessagePack as the JavaScript library notepack.io writes it: its extension type 0
// stands for undefined, which becomes null, for an ArrayBuffer, which is binary, and for a Date,
// which becomes the text that JSON.stringify makes of it. Of the other extension types the
// timestamp, -1, is known and becomes such a text too.
//
// Functions of this package keep no state and may be called from any goroutine.
package msgpack

import "errors"

// MaxBinaries is how many binary values a packet may hold by default. Text packets have at most 10;
// here they cost the sender two bytes each, so there has to be a limit too.
const MaxBinaries = 1000

// Errors of Decode. The peer broke the protocol.
var (
	ErrFormat   = errors.New("msgpack: not a packet")
	ErrTruncate = errors.New("msgpack: truncated")
	ErrDepth    = errors.New("msgpack: nested too deep")
	ErrBinaries = errors.New("msgpack: too many binary values")
)

// The first bytes of values (github.com/msgpack/msgpack, "Formats").
const (
	fixMap   = 0x80
	fixArray = 0x90
	fixStr   = 0xa0
	null     = 0xc0
	boolNo   = 0xc2
	boolYes  = 0xc3
	bin8     = 0xc4
	ext8     = 0xc7
	float32s = 0xca
	float64s = 0xcb
	uint8s   = 0xcc
	int8s    = 0xd0
	fixExt1  = 0xd4
	str8     = 0xd9
	array16  = 0xdc
	map16    = 0xde
	negative = 0xe0
)
