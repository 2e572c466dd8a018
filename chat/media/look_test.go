package media_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/media"
)

func stored(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Pictures by libwebp and libpng are read as they are meant. The luma of VP8 goes from 16 to 235:
// read as that of a JPEG, 0.85 is below 0.8, and white isn't white.
func TestF8PicturesOfOtherEncoders(t *testing.T) {
	for name, want := range map[string]chat.Flash{
		"strobe-lossy.webp":    chat.FlashStrong,
		"strobe-lossless.webp": chat.FlashStrong,
		"strobe.png":           chat.FlashStrong,
		"slow.webp":            chat.FlashNone,
		"slow.png":             chat.FlashNone,
		"bright.webp":          chat.FlashNone,   // 0.86 and white
		"below.webp":           chat.FlashStrong, // 0.76 and white
	} {
		if got := flashOf(t, stored(t, name)); got != want {
			t.Errorf("%s: found %q, want %q", name, got, want)
		}
	}
}

// last is what a picture ends with.
func last(t *testing.T, in []byte) map[image.Point]color.RGBA {
	t.Helper()
	_, info, err := clean(t, in, media.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := media.Last(in, info)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func near(a, b color.RGBA) bool {
	close := func(a, b uint8) bool { return max(a, b)-min(a, b) <= 2 }
	return close(a.R, b.R) && close(a.G, b.G) && close(a.B, b.B) && close(a.A, b.A)
}

// A lossy picture has its colors, and what is clear in it is.
func TestF8LossyColors(t *testing.T) {
	in := stored(t, "colors.webp")
	frames := bytes.Split(in, []byte("ANMF"))
	for i, want := range []color.RGBA{{255, 1, 0, 255}, {0, 0, 255, 255}, {0, 200, 1, 255}, {250, 250, 0, 255}} {
		// That frame alone, twice, as one alone isn't looked at.
		f := "ANMF" + string(frames[i+1])
		f = f[:8+binary.LittleEndian.Uint32([]byte(f[4:]))]
		for at, got := range last(t, webp(vp8x(2, 64, 48), f, f)) {
			if !near(got, want) {
				t.Fatalf("frame %d: %v at %v, want %v", i, got, at, want)
			}
		}
	}
	half := string(stored(t, "half.webp")[30:]) // behind its canvas
	white, r := color.RGBA{255, 255, 255, 255}, image.Rect(0, 0, 64, 48)
	got := last(t, movingWebP(64, 48, anmfOf(r, 100, 0, half), anmfOf(r, 100, 2, half)))
	for x, want := range map[int]color.RGBA{9: {}, 41: {128, 128, 128, 128}, 57: white} {
		if got := got[image.Pt(x, 25)]; !near(got, want) {
			t.Errorf("at %d: %v, want %v", x, got, want)
		}
	}
}

// Frames come and go as they say, in both formats.
func TestF8FramesAreComposed(t *testing.T) {
	const (
		black = iota
		white
		clear
		faint // half of white
	)
	palette := color.Palette{color.Black, color.White, color.Transparent, color.NRGBA{255, 255, 255, 128}}
	colors := []color.RGBA{{0, 0, 0, 255}, {255, 255, 255, 255}, {}, {128, 128, 128, 128}}
	grey := color.RGBA{128, 128, 128, 255}
	all, right := image.Rect(0, 0, 8, 4), image.Rect(4, 0, 8, 4)
	type part struct {
		r              image.Rectangle
		color          uint8
		dispose, blend byte
	}
	for name, c := range map[string]struct {
		parts       []part
		left, right color.RGBA
		png         bool // WebP has no such thing
	}{
		"a part of the canvas":         {[]part{{all, white, 0, 1}, {right, black, 0, 1}}, colors[white], colors[black], false},
		"clear over black":             {[]part{{all, black, 0, 1}, {right, clear, 0, 1}}, colors[black], colors[black], false},
		"clear instead of black":       {[]part{{all, black, 0, 1}, {right, clear, 0, 0}}, colors[black], colors[clear], false},
		"half of white over black":     {[]part{{all, black, 0, 1}, {right, faint, 0, 1}}, colors[black], grey, false},
		"half of white instead of it":  {[]part{{all, black, 0, 1}, {right, faint, 0, 0}}, colors[black], colors[faint], false},
		"half of white over nothing":   {[]part{{all, faint, 0, 1}, {right, faint, 0, 1}}, colors[faint], color.RGBA{192, 192, 192, 192}, false},
		"a frame that goes":            {[]part{{all, black, 0, 1}, {right, white, 1, 1}, {right, clear, 0, 1}}, colors[black], colors[clear], false},
		"all goes":                     {[]part{{all, black, 1, 1}, {right, white, 0, 1}}, colors[clear], colors[white], false},
		"what was there comes back":    {[]part{{all, black, 0, 1}, {right, white, 2, 1}, {right, clear, 0, 1}}, colors[black], colors[black], true},
		"before the first was nothing": {[]part{{all, black, 2, 1}, {right, white, 0, 1}}, colors[clear], colors[white], true},
	} {
		var bits []string
		var frames []apngFrame
		for _, p := range c.parts {
			m := image.NewPaletted(p.r, palette)
			for i := range m.Pix {
				m.Pix[i] = p.color
			}
			bits = append(bits, anmfOf(p.r, 100, p.dispose+2*(1-p.blend), lossless(m)))
			frames = append(frames, apngFrame{m, 1, 10, p.dispose, p.blend})
		}
		formats := map[string][]byte{"PNG": movingPNG(t, 8, 4, frames...)}
		if !c.png {
			formats["WebP"] = movingWebP(8, 4, bits...)
		}
		for format, in := range formats {
			got := last(t, in)
			if len(got) != 32 {
				t.Fatalf("%d points", len(got))
			}
			for at, got := range got {
				want := c.left
				if at.In(right) {
					want = c.right
				}
				if !near(got, want) {
					t.Errorf("%s, %s: %v at %v, want %v", name, format, got, at, want)
					break
				}
			}
		}
	}
}

// strobe is a picture that flashes.
func strobe(w, h int) film {
	return film{w: w, h: h, frames: 2, delay: 5, draw: blink(image.Rect(0, 0, w, h), 0, 254)}
}

// What viewers don't read in one way isn't called calm, nor what is broken.
func TestF8BrokenMovingPictures(t *testing.T) {
	f := strobe(16, 8)
	bits := [2]string{lossless(f.frame(0)), lossless(f.frame(1))}
	r := image.Rect(0, 0, 16, 8)
	a, b := anmfOf(r, 50, 0, bits[0]), anmfOf(r, 50, 0, bits[1])
	change := func(s string, at int, to ...byte) string { return s[:at] + string(to) + s[at+len(to):] }
	cut := riffChunk("VP8L", bits[1][8:14])
	clearly := film{w: 16, h: 8, draw: blink(r, hole, hole)}.frame(0)
	hint := change(lossless(clearly), 12, lossless(clearly)[12]&^0x10)
	half := string(stored(t, "half.webp")[30:])
	h := image.Rect(0, 0, 64, 48)

	head, first := pngParts(t, f.frame(0))
	_, second := pngParts(t, f.frame(1))
	ihdr, colors := head[:25], head[25:]
	actl := func(n uint32) string { return pngChunk("acTL", be32(n, 0)) }
	idat, fdat := pngChunk("IDAT", first), pngChunk("fdAT", be32(2)+second)
	control := func(n uint32, dispose, blend byte) string {
		return pngChunk("fcTL", be32(n, 16, 8, 0, 0)+string([]byte{0, 1, 0, 20, dispose, blend}))
	}
	c0, c1, end := control(0, 0, 0), control(1, 0, 0), pngChunk("IEND", "")
	png := func(chunks ...string) []byte { return join(pngHead, strings.Join(chunks, "")) }
	for name, c := range map[string]struct {
		in   []byte
		want chat.Flash
	}{
		"WebP as it should be":       {movingWebP(16, 8, a, b), chat.FlashStrong},
		"bits that end":              {movingWebP(16, 8, a, anmfOf(r, 50, 0, cut)), chat.FlashUnknown},
		"bits of nothing":            {movingWebP(16, 8, a, anmfOf(r, 50, 0, change(bits[1], 13, 0xff, 0xff))), chat.FlashUnknown},
		"lossy bits of nothing":      {movingWebP(16, 8, a, anmfOf(r, 50, 0, vp8(16, 8))), chat.FlashUnknown},
		"a still one beside":         {webp(vp8x(0x12, 16, 8), bits[0], a, b), chat.FlashUnknown},
		"alpha that isn't promised":  {movingWebP(16, 8, a, anmfOf(r, 50, 2, hint)), chat.FlashUnknown},
		"two alphas":                 {movingWebP(16, 8, a, anmfOf(r, 50, 0, riffChunk("ALPH", "\x00")+bits[1])), chat.FlashUnknown},
		"alpha that ends":            {movingWebP(64, 48, anmfOf(h, 50, 0, half), anmfOf(h, 50, 0, riffChunk("ALPH", "\x00a"), half[8+0x1e:])), chat.FlashUnknown},
		"much behind the end":        {append(movingWebP(16, 8, a, b), 1, 2, 3), chat.FlashStrong},
		"PNG as it should be":        {png(ihdr, actl(2), colors, c0, idat, c1, fdat, end), chat.FlashStrong},
		"in several pieces":          {png(ihdr, actl(2), colors, c0, pngChunk("IDAT", first[:9]), pngChunk("IDAT", first[9:]), c1, pngChunk("fdAT", be32(2)+second[:5]), pngChunk("fdAT", be32(3)+second[5:]), end), chat.FlashStrong},
		"a picture for others":       {png(ihdr, actl(2), colors, pngChunk("IDAT", "?"), c0, pngChunk("fdAT", be32(1)+first), control(2, 0, 0), pngChunk("fdAT", be32(3)+second), end), chat.FlashStrong},
		"more promised":              {png(ihdr, actl(3), colors, c0, idat, c1, fdat, end), chat.FlashUnknown},
		"fewer promised":             {png(ihdr, actl(1), colors, c0, idat, c1, fdat, end), chat.FlashUnknown},
		"none promised":              {png(ihdr, colors, c0, idat, c1, fdat, end), chat.FlashUnknown},
		"promised twice":             {png(ihdr, actl(2), actl(2), colors, c0, idat, c1, fdat, end), chat.FlashUnknown},
		"promised too late":          {png(ihdr, colors, c0, idat, actl(2), c1, fdat, end), chat.FlashUnknown},
		"colors too late":            {png(ihdr, actl(2), c0, idat, colors, c1, fdat, end), chat.FlashUnknown},
		"no colors":                  {png(ihdr, actl(2), c0, idat, c1, fdat, end), chat.FlashUnknown},
		"too many colors":            {png(ihdr, actl(2), pngChunk("PLTE", strings.Repeat("a", 771)), c0, idat, c1, fdat, end), chat.FlashUnknown},
		"no data":                    {png(ihdr, actl(2), colors, c0, idat, c1, end), chat.FlashUnknown},
		"data that is none":          {png(ihdr, actl(2), colors, c0, idat, c1, pngChunk("fdAT", be32(2)+"?"), end), chat.FlashUnknown},
		"data without its number":    {png(ihdr, actl(2), colors, c0, idat, c1, pngChunk("fdAT", "\x00"), end), chat.FlashUnknown},
		"data with another's number": {png(ihdr, actl(2), colors, c0, idat, c1, pngChunk("fdAT", be32(3)+second), end), chat.FlashUnknown},
		"data before the first":      {png(ihdr, actl(2), colors, c0, pngChunk("fdAT", be32(1)+first), idat, control(2, 0, 0), pngChunk("fdAT", be32(3)+second), end), chat.FlashUnknown},
		"data of no frame":           {png(ihdr, actl(2), colors, pngChunk("fdAT", be32(0)+second), control(1, 0, 0), idat, control(2, 0, 0), pngChunk("fdAT", be32(3)+second), end), chat.FlashUnknown},
		"a frame out of turn":        {png(ihdr, actl(2), colors, c0, idat, control(7, 0, 0), pngChunk("fdAT", be32(8)+second), end), chat.FlashUnknown},
		"a wrong sum":                {png(ihdr, actl(2), colors, c0, idat, c1, change(fdat, len(fdat)-1, fdat[len(fdat)-1]^1), end), chat.FlashUnknown},
		"no such way to go":          {png(ihdr, actl(2), colors, c0, idat, control(1, 3, 0), fdat, end), chat.FlashUnknown},
		"no such way to come":        {png(ihdr, actl(2), colors, c0, idat, control(1, 0, 2), fdat, end), chat.FlashUnknown},
		"the found stays found": {movingWebP(16, 8, append(slices.Repeat([]string{a, b}, 10),
			anmfOf(r, 50, 0, vp8(16, 8)))...), chat.FlashStrong},
	} {
		t.Run(name, func(t *testing.T) {
			if got := flashOf(t, c.in); got != c.want {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

// Looking takes bounded memory and time; what takes more is unknown.
func TestF8LookingIsBounded(t *testing.T) {
	small := strobe(16, 8).webp(t)
	_, info, _ := clean(t, small, media.Limits{})
	if got := media.Look(small, info, time.Minute); got != chat.FlashStrong {
		t.Errorf("with time: %q", got)
	}
	if got := media.Look(small, info, -1); got != chat.FlashUnknown {
		t.Errorf("without time: %q", got)
	}
	back := media.Turn()
	if got := media.Look(small, info, time.Millisecond); got != chat.FlashUnknown {
		t.Errorf("while another one is looked at: %q", got)
	}
	back()

	const side = 2048
	large := strobe(side, media.LookMost/side)
	larger := strobe(side, media.LookMost/side+1)
	for _, c := range []struct {
		film film
		want chat.Flash
	}{{large, chat.FlashStrong}, {larger, chat.FlashUnknown}} {
		for mime, in := range map[string][]byte{"image/webp": c.film.webp(t), "image/png": c.film.apng(t)} {
			info := media.Info{MIME: mime, W: c.film.w, H: c.film.h}
			if got := media.Look(in, info, time.Minute); got != c.want {
				t.Errorf("%s of %d × %d: %q, want %q", mime, c.film.w, c.film.h, got, c.want)
			}
		}
	}
}

// A decoder that fails badly fails alone.
func TestF8DecodersMayPanic(t *testing.T) {
	if err := media.Decode(func(io.Reader) (image.Image, error) { panic("index out of range") }); err == nil {
		t.Error("no error")
	}
}

// FuzzWebPFrame reads bitstreams of a frame behind one that is right.
func FuzzWebPFrame(f *testing.F) {
	m := strobe(64, 48).frame(0)
	half := string(stored(f, "half.webp")[30:])
	f.Add([]byte(half), byte(0))
	f.Add([]byte(half[8+0x1e:]), byte(1))
	f.Add([]byte(lossless(m)), byte(2))
	for _, name := range []string{"strobe-lossy.webp", "strobe-lossless.webp", "colors.webp"} {
		all := stored(f, name)
		f.Add(all[bytes.Index(all, []byte("ANMF"))+24:], byte(3))
	}
	f.Fuzz(func(t *testing.T, bits []byte, how byte) {
		r := image.Rect(0, 0, 64, 48)
		fuzzed(t, movingWebP(64, 48, anmfOf(r, 50, 0, lossless(m)), anmfOf(r, 50, how&3, string(bits))))
	})
}

// FuzzPNGFrame reads pixels of a frame behind one that is right.
func FuzzPNGFrame(f *testing.F) {
	head, first := pngParts(f, strobe(16, 8).frame(0))
	f.Add([]byte(first), []byte(head[8:16+5]), []byte{0, 1, 0, 20, 0, 0})
	f.Add([]byte(first), []byte("\x00\x00\x00\x10\x00\x00\x00\x08\x10\x06\x00\x00\x01"), []byte{0, 1, 0, 0, 1, 1})
	f.Fuzz(func(t *testing.T, pixels, header, how []byte) {
		if len(header) != 13 || len(how) != 6 {
			t.Skip()
		}
		fuzzed(t, join(pngHead, pngChunk("IHDR", string(header)), pngChunk("acTL", be32(2, 0)), head[25:],
			pngChunk("fcTL", be32(0)+string(header[:8])+be32(0, 0)+string(how)), pngChunk("IDAT", string(pixels)),
			pngChunk("fcTL", be32(1)+string(header[:8])+be32(0, 0)+string(how)), pngChunk("fdAT", be32(2)+string(pixels)),
			pngChunk("IEND", "")))
	})
}

// fuzzed checks that a moving picture is refused, or that something is said of it.
func fuzzed(t *testing.T, in []byte) {
	_, info, err := clean(t, in, media.Limits{})
	if err != nil && chat.CodeOf(err) == chat.Internal {
		t.Fatalf("an image's fault isn't told: %v", err)
	}
	if err == nil && !slices.Contains([]chat.Flash{chat.FlashNone, chat.FlashStrong, chat.FlashUnknown}, info.Flash) {
		t.Fatal(info)
	}
}
