package main

import (
	"bytes"
	bits "encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/madang-chat/madang/internal/nodetest"
)

// Pictures have words, are sent in groups, open over the whole window, and move only where somebody
// sees them and nobody minds.
func TestF7Pictures(t *testing.T) {
	nodetest.Need(t, nodetest.Packages, nodetest.Chromium)
	chromium, err := nodetest.ChromiumPath()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, data := range map[string][]byte{
		"a.png":      painted(t, 640, 480, color.RGBA{210, 120, 60, 255}, color.RGBA{70, 40, 110, 255}),
		"b.png":      painted(t, 300, 500, color.RGBA{60, 160, 120, 255}, color.RGBA{20, 60, 120, 255}),
		"c.png":      painted(t, 900, 300, color.RGBA{240, 200, 80, 255}, color.RGBA{200, 60, 60, 255}),
		"calm.gif":   turns(t, 240, 160, 8, 50, color.RGBA{60, 120, 220, 255}, color.RGBA{90, 140, 240, 255}),
		"strobe.gif": turns(t, 240, 160, 8, 5, color.Black, color.White),
		// more frames than may be
		"long.gif":  turns(t, 20, 20, 30, 100, color.Black, color.White),
		"apng.png":  apng(t, painted(t, 120, 80, color.Black, color.White), painted(t, 120, 80, color.White, color.Black)),
		"noise.png": noise(t),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	url := serve(t, append([]string{"image-frames=20", "upload-day=1500kB"}, unlimited...)...)
	if out, err := exec.CommandContext(t.Context(), "node", "pictures.mjs", url, chromium, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// painted is a picture that goes from one color to another, with a disc in it.
func painted(t *testing.T, w, h int, from, to color.Color) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	r1, g1, b1, _ := from.RGBA()
	r2, g2, b2, _ := to.RGBA()
	for y := range h {
		for x := range w {
			mix := func(a, b uint32) uint8 { return uint8((int(a>>8)*(h-y) + int(b>>8)*y) / h) }
			c := color.RGBA{mix(r1, r2), mix(g1, g2), mix(b1, b2), 255}
			if dx, dy := x-w/2, y-h/2; dx*dx+dy*dy < min(w, h)*min(w, h)/9 {
				c = color.RGBA{255, 240, 200, 255}
			}
			m.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// turns is a GIF of two colors by turns; delay is in hundredths of a second.
func turns(t *testing.T, w, h, frames, delay int, a, b color.Color) []byte {
	t.Helper()
	var g gif.GIF
	for i := range frames {
		m := image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{a, b})
		for j := range m.Pix {
			m.Pix[j] = uint8(i % 2)
		}
		g.Image, g.Delay = append(g.Image, m), append(g.Delay, delay)
	}
	var out bytes.Buffer
	if err := gif.EncodeAll(&out, &g); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// noise is a picture that no compression makes small: some 620 kB.
func noise(t *testing.T) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 450, 450))
	for i := range m.Pix {
		m.Pix[i] = uint8(rand.Uint32()) | 0xff*uint8(i%4/3)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// apng makes a moving picture of two PNGs of the same kind. It promises a third one, so that nobody
// can say what a viewer makes of it.
func apng(t *testing.T, first, second []byte) []byte {
	t.Helper()
	chunk := func(kind string, data ...[]byte) []byte {
		body := append([]byte(kind), bytes.Join(data, nil)...)
		out := bits.BigEndian.AppendUint32(nil, uint32(len(body)-4))
		return bits.BigEndian.AppendUint32(append(out, body...), crc32.ChecksumIEEE(body))
	}
	part := func(in []byte, kind string) (data []byte) {
		for at := 8; at < len(in); {
			n := int(bits.BigEndian.Uint32(in[at:]))
			if string(in[at+4:at+8]) == kind {
				data = append(data, in[at+8:at+8+n]...)
			}
			at += 12 + n
		}
		return data
	}
	number := func(n ...uint32) (b []byte) {
		for _, v := range n {
			b = bits.BigEndian.AppendUint32(b, v)
		}
		return b
	}
	head := part(first, "IHDR")
	control := func(seq uint32) []byte {
		return chunk("fcTL", number(seq), head[:8], number(0, 0), []byte{0, 1, 0, 1, 0, 0})
	}
	return bytes.Join([][]byte{first[:8], chunk("IHDR", head), chunk("acTL", number(3, 0)),
		control(0), chunk("IDAT", part(first, "IDAT")), control(1), chunk("fdAT", number(2), part(second, "IDAT")), chunk("IEND")}, nil)
}
