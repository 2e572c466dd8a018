package media

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/png"
	"io"
)

// apng is what is known of a PNG between its frames.
type apng struct {
	*looker
	header   []byte // the content of IHDR
	colors   []byte // chunks that each frame needs
	promised int    // frames; 0 = it isn't said to move
	data     bool   // its first has come
	next     uint32 // number in the sequence of frames' chunks
	still    *still // whose data comes
	pixels   []byte // compressed, of still
}

// png looks at the frames of an animation, each of which is made a PNG of its own.
func (l *looker) png() error {
	if err := l.skip(8); err != nil {
		return err
	}
	p := &apng{looker: l}
	for {
		b, err := l.read(8)
		if err != nil {
			return err
		}
		kind := string(b[4:])
		switch kind {
		case "IHDR", "PLTE", "tRNS", "acTL", "fcTL", "IDAT", "fdAT":
			content, err := p.content(b)
			if err != nil {
				return err
			}
			if err := p.chunk(kind, content); err != nil {
				return err
			}
		case "IEND":
			if err := p.end(); err != nil {
				return err
			}
			if l.frames != p.promised {
				return errFrame
			}
			return nil
		default:
			if err := l.skip(int64(be32(b)) + 4); err != nil {
				return err
			}
		}
	}
}

// content reads a chunk whose checksum is right.
func (p *apng) content(head []byte) ([]byte, error) {
	var content bytes.Buffer // which grows with what is there, whatever the chunk claims
	if _, err := io.CopyN(&content, p.in, int64(be32(head))); err != nil {
		return nil, err
	}
	sum, err := p.read(4)
	if err != nil {
		return nil, err
	}
	if crc32.Update(crc32.ChecksumIEEE(head[4:]), crc32.IEEETable, content.Bytes()) != be32(sum) {
		return nil, errFrame
	}
	return content.Bytes(), nil
}

func (p *apng) chunk(kind string, content []byte) error {
	switch kind {
	case "IHDR":
		p.header = content
	case "PLTE", "tRNS":
		if p.data || len(content) > 3*256 {
			return errFrame
		}
		p.colors = appendChunk(p.colors, kind, content)
	case "acTL":
		if p.data || p.promised > 0 {
			return errFrame
		}
		p.promised = be31(content)
	case "fcTL":
		if err := p.end(); err != nil {
			return err
		}
		return p.begin(content)
	case "IDAT":
		p.data = true
		if p.still != nil { // else it is shown where frames aren't
			p.pixels = append(p.pixels, content...)
		}
	case "fdAT":
		content, err := p.numbered(content)
		if err != nil || p.still == nil || !p.data {
			return errFrame
		}
		p.pixels = append(p.pixels, content...)
	}
	return nil
}

// numbered takes off the number of a chunk of frames, which have to come in turn.
func (p *apng) numbered(content []byte) ([]byte, error) {
	if len(content) < 4 || be32(content) != p.next {
		return nil, errFrame
	}
	p.next++
	return content[4:], nil
}

func (p *apng) begin(content []byte) error {
	b, err := p.numbered(content)
	if err != nil {
		return err
	}
	w, h, x, y := be31(b), be31(b[4:]), be31(b[8:]), be31(b[12:])
	p.still = &still{frame: frame{Rectangle: image.Rect(x, y, x+w, y+h)}, decode: png.Decode, blended: b[21] == 1}
	num, den := int(binary.BigEndian.Uint16(b[16:])), int(binary.BigEndian.Uint16(b[18:]))
	if den == 0 {
		den = 100
	}
	p.still.delay = 1000 * num / den
	switch {
	case b[20] > 2 || b[21] > 1:
		return errFrame
	case b[20] == 1:
		p.still.disposal = clears
	case b[20] == 2:
		p.still.disposal = restores
	}
	return nil
}

// end sees the frame whose data has come.
func (p *apng) end() error {
	if p.still == nil {
		return nil
	}
	s := *p.still
	header := bytes.Clone(p.header)
	binary.BigEndian.PutUint32(header, uint32(s.Dx()))
	binary.BigEndian.PutUint32(header[4:], uint32(s.Dy()))
	file := appendChunk([]byte("\x89PNG\r\n\x1a\n"), "IHDR", header)
	file = append(file, p.colors...)
	file = appendChunk(file, "IDAT", p.pixels)
	s.data = bytes.NewReader(appendChunk(file, "IEND", nil))
	p.still, p.pixels = nil, p.pixels[:0]
	return p.see(s)
}

func appendChunk(to []byte, kind string, content []byte) []byte {
	to = binary.BigEndian.AppendUint32(to, uint32(len(content)))
	start := len(to)
	to = append(append(to, kind...), content...)
	return binary.BigEndian.AppendUint32(to, crc32.ChecksumIEEE(to[start:]))
}
