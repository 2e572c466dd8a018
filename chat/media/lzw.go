package media

// lzw follows the codes of a GIF's frame. Most pixels are never written down: a code says how many
// it stands for, and only strings in which somebody wants a pixel are spelled out.
type lzw struct {
	data   func(pos, n int) bool // whether a pixel of those n from pos on is wanted
	spell  func(pos int, pixels []byte)
	broken bool

	literal uint // bits
	width   uint // of the next code
	held    uint32
	bits    uint // of held
	next    int  // the code that the next string gets
	last    int  // code; -1 = none
	pos     int  // pixels so far
	ended   bool

	prefix [1 << codeBits]uint16
	suffix [1 << codeBits]byte
	first  [1 << codeBits]byte
	length [1 << codeBits]uint16
	string [1 << codeBits]byte
}

const codeBits = 12

// begin starts a frame whose colors have so many bits.
func (z *lzw) begin(literal uint) {
	z.literal, z.held, z.bits, z.pos, z.ended = literal, 0, 0, 0, false
	for i := range 1 << literal {
		z.suffix[i], z.first[i], z.length[i] = byte(i), byte(i), 1
	}
	z.clear()
}

func (z *lzw) clear() {
	z.width, z.next, z.last = z.literal+1, 1<<z.literal+2, -1
}

// feed takes a block of the frame's data.
func (z *lzw) feed(block []byte) {
	for _, b := range block {
		z.held |= uint32(b) << z.bits
		z.bits += 8
		for z.bits >= z.width && !z.ended {
			code := int(z.held & (1<<z.width - 1))
			z.held >>= z.width
			z.bits -= z.width
			z.code(code)
		}
		if z.ended {
			return
		}
	}
}

func (z *lzw) code(code int) {
	clear := 1 << z.literal
	switch {
	case code == clear:
		z.clear()
		return
	case code == clear+1:
		z.ended = true
		return
	case code > z.next || code == z.next && (z.last < 0 || z.next == 1<<codeBits):
		z.broken, z.ended = true, true
		return
	}
	if z.last >= 0 && z.next < 1<<codeBits {
		of := code
		if code == z.next { // the string that this very code makes
			of = z.last
		}
		z.prefix[z.next], z.suffix[z.next] = uint16(z.last), z.first[of]
		z.first[z.next], z.length[z.next] = z.first[z.last], z.length[z.last]+1
		z.next++
	}
	n := int(z.length[code])
	if z.data(z.pos, n) {
		for i, c := n-1, code; i >= 0; i-- {
			z.string[i] = z.suffix[c]
			c = int(z.prefix[c])
		}
		z.spell(z.pos, z.string[:n])
	}
	z.pos += n
	z.last = code
	if z.next == 1<<z.width && z.width < codeBits {
		z.width++
	}
}
