package media_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"io"
	"math/bits"
	"strings"
	"testing"

	xwebp "golang.org/x/image/webp"
)

// film makes a moving picture; draw paints a frame.
type film struct {
	w, h, frames int
	delay        int // hundredths of a second
	disposal     byte
	draw         func(i int, to *image.Paletted)
}

// greys are the colors of films: 0 is black, 254 white, 255 none.
var greys = func() (p color.Palette) {
	for i := range 255 {
		p = append(p, color.Gray{uint8(i * 255 / 254)})
	}
	return append(p, color.Transparent)
}()

const hole = 255

func (f film) frame(i int) *image.Paletted {
	m := image.NewPaletted(image.Rect(0, 0, f.w, f.h), greys)
	f.draw(i, m)
	return m
}

func (f film) gif(t testing.TB) []byte {
	t.Helper()
	g := &gif.GIF{Config: image.Config{ColorModel: greys, Width: f.w, Height: f.h}}
	for i := range f.frames {
		g.Image, g.Delay, g.Disposal = append(g.Image, f.frame(i)), append(g.Delay, f.delay), append(g.Disposal, f.disposal)
	}
	return encode(t, func(w io.Writer) error { return gif.EncodeAll(w, g) })
}

// webp has frames that are blended and go as those of the GIF do, where the format can.
func (f film) webp(t testing.TB) []byte {
	t.Helper()
	var how byte
	if f.disposal == gif.DisposalBackground {
		how = 1
	}
	all := make([]string, f.frames)
	for i := range all {
		all[i] = anmfOf(image.Rect(0, 0, f.w, f.h), 10*f.delay, how, lossless(f.frame(i)))
	}
	return movingWebP(f.w, f.h, all...)
}

// apng is the same.
func (f film) apng(t testing.TB) []byte {
	t.Helper()
	all := make([]apngFrame, f.frames)
	for i := range all {
		all[i] = apngFrame{Image: f.frame(i), num: uint16(f.delay), den: 100, blend: 1}
		if f.disposal > 1 {
			all[i].dispose = f.disposal - 1
		}
	}
	return movingPNG(t, f.w, f.h, all...)
}

func movingWebP(w, h int, frames ...string) []byte {
	return webp(append([]string{vp8x(0x12, w, h), riffChunk("ANIM", "\x00\x00\x00\x00\x00\x00")}, frames...)...)
}

// anmfOf is a frame of a WebP; how is 1 for one that goes, and 2 for one that isn't blended.
func anmfOf(r image.Rectangle, ms int, how byte, chunks ...string) string {
	return riffChunk("ANMF", le24(r.Min.X/2)+le24(r.Min.Y/2)+le24(r.Dx()-1)+le24(r.Dy()-1)+le24(ms)+string([]byte{how})+strings.Join(chunks, ""))
}

// lossless writes a picture as a VP8L chunk, in the plainest form: a code for the green of each
// pixel, from which red and blue are taken, and one for its alpha.
func lossless(m *image.Paletted) string {
	w := &bitWriter{}
	r := m.Bounds()
	w.put(0x2f, 8)
	w.put(r.Dx()-1, 14)
	w.put(r.Dy()-1, 14)
	w.put(1, 4)   // it has alpha
	w.put(1, 1)   // a transform:
	w.put(2, 2)   // subtract green
	w.put(0, 1+2) // no more of them, no cache of colors, no groups
	colors := make([]color.NRGBA, len(m.Palette))
	for i, c := range m.Palette {
		colors[i] = color.NRGBAModel.Convert(c).(color.NRGBA)
	}
	green, alpha := make([]uint8, len(m.Pix)), make([]uint8, len(m.Pix))
	for i, c := range m.Pix {
		green[i], alpha[i] = colors[c].G, colors[c].A
	}
	none := []uint8{0}
	putGreen := w.code(green)
	w.code(none) // red
	w.code(none) // blue
	putAlpha := w.code(alpha)
	w.code(none) // distances
	for i := range green {
		if putGreen != nil {
			putGreen(green[i])
		}
		if putAlpha != nil {
			putAlpha(alpha[i])
		}
	}
	w.put(0, 7)
	return riffChunk("VP8L", string(w.b))
}

// bitWriter writes the lowest bit first.
type bitWriter struct {
	b    []byte
	held uint64
	n    int
}

func (w *bitWriter) put(v, n int) {
	w.held |= uint64(v) << w.n
	for w.n += n; w.n >= 8; w.n -= 8 {
		w.b = append(w.b, byte(w.held))
		w.held >>= 8
	}
}

// code writes a code for bytes, of which put writes one: nil where there is one alone, which takes
// no bits; one bit where there are two, else eight.
func (w *bitWriter) code(of []uint8) (put func(uint8)) {
	var all []uint8
	for b := range 256 {
		if bytes.IndexByte(of, uint8(b)) >= 0 {
			all = append(all, uint8(b))
		}
	}
	if len(all) <= 2 {
		n := len(all) - 1
		w.put(1, 1)
		w.put(n, 1)
		w.put(1, 1)
		for _, b := range all {
			w.put(int(b), 8)
		}
		if n == 0 {
			return nil
		}
		return func(b uint8) { w.put(bytes.IndexByte(all, b), n) }
	}
	w.put(0, 1)
	w.put(12-4, 4) // lengths of codes, in their own order; the last is that of the length 8
	w.put(0, 3*11)
	w.put(1, 3)
	w.put(1, 1) // not all symbols:
	w.put(3, 3)
	w.put(256-2, 8)
	return func(b uint8) { w.put(int(bits.Reverse8(b)), 8) }
}

// apngFrame is a frame that is shown for num/den seconds.
type apngFrame struct {
	image.Image
	num, den       uint16
	dispose, blend byte
}

// movingPNG takes the header and the palette from the first frame; all have to be of one kind. A
// frame that isn't the first lies where its bounds are.
func movingPNG(t testing.TB, w, h int, frames ...apngFrame) []byte {
	t.Helper()
	out, seq := "", uint32(0)
	for i, f := range frames {
		head, data := pngParts(t, f.Image)
		if i == 0 {
			out = pngHead + head[:25] + pngChunk("acTL", be32(uint32(len(frames)), 0)) + head[25:]
		}
		r := f.Bounds()
		out += pngChunk("fcTL", be32(seq, uint32(r.Dx()), uint32(r.Dy()), uint32(r.Min.X), uint32(r.Min.Y))+
			string([]byte{byte(f.num >> 8), byte(f.num), byte(f.den >> 8), byte(f.den), f.dispose, f.blend}))
		seq++
		if i == 0 {
			out += pngChunk("IDAT", data)
		} else {
			out += pngChunk("fdAT", be32(seq)+data)
			seq++
		}
	}
	return []byte(out + pngChunk("IEND", ""))
}

// pngParts are the chunks of a still PNG in front of its data, and the data.
func pngParts(t testing.TB, m image.Image) (head, data string) {
	in := encode(t, func(w io.Writer) error { return png.Encode(w, m) })[len(pngHead):]
	for len(in) > 0 {
		chunk := in[:12+binary.BigEndian.Uint32(in)]
		in = in[len(chunk):]
		switch string(chunk[4:8]) {
		case "IDAT":
			data += string(chunk[8 : len(chunk)-4])
		case "IEND":
		default:
			head += string(chunk)
		}
	}
	return head, data
}

func fill(m *image.Paletted, r image.Rectangle, grey uint8) {
	r = r.Intersect(m.Rect)
	row := bytes.Repeat([]byte{grey}, r.Dx())
	for y := r.Min.Y; y < r.Max.Y; y++ {
		copy(m.Pix[m.PixOffset(r.Min.X, y):], row)
	}
}

// blink is all of a picture, or a part of it, in two greys by turns.
func blink(r image.Rectangle, a, b uint8) func(int, *image.Paletted) {
	return func(i int, m *image.Paletted) {
		fill(m, m.Rect, 60)
		fill(m, r, [2]uint8{a, b}[i%2])
	}
}

// The pictures of these tests are those that others read.
func TestFilmsAreWhatTheySay(t *testing.T) {
	m := image.NewPaletted(image.Rect(0, 0, 256, 3), greys)
	for i := range m.Pix {
		m.Pix[i] = uint8(i * 7)
	}
	got, err := xwebp.Decode(bytes.NewReader(webp(lossless(m))))
	if err != nil {
		t.Fatal(err)
	}
	for i := range m.Pix {
		x, y := i%256, i/256
		r, g, b, a := m.At(x, y).RGBA()
		if r2, g2, b2, a2 := got.At(x, y).RGBA(); a2 != a || a != 0 && (r2 != r || g2 != g || b2 != b) {
			t.Fatalf("%d, %d: %v, want %v", x, y, got.At(x, y), m.At(x, y))
		}
	}
	if _, err := png.Decode(bytes.NewReader(film{w: 3, h: 2, frames: 2, draw: blink(m.Rect, 0, 0)}.apng(t))); err != nil {
		t.Error(err)
	}
}
