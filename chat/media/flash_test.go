package media_test

import (
	"bytes"
	"fmt"
	"image"
	"image/gif"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/media"
)

func flashOf(t testing.TB, in []byte) chat.Flash {
	t.Helper()
	info, err := media.Clean(&memory{}, bytes.NewReader(in), media.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return info.Flash
}

// What flashes more than three times a second, over a quarter of what one looks at, is found; what
// stays below isn't. By WCAG 2.3.1 a change counts from a tenth of white on, and where the darker
// picture is below 0.8.
func TestF8StrongFlashesAreFound(t *testing.T) {
	all := image.Rect(0, 0, 1000, 1000)
	const grey, lighter, lightest = 188, 199, 238 // luminances of 0.50, 0.58 and 0.86
	turns := func(a, b uint8) film { return film{w: 60, h: 40, frames: 40, delay: 10, draw: blink(all, a, b)} }
	part := func(share float64, w, h int) film {
		return film{w: w, h: h, frames: 4, delay: 10, draw: blink(image.Rect(0, 0, int(float64(w)*share), h), 0, 254)}
	}
	with := func(f film, change func(*film)) film { change(&f); return f }
	for name, c := range map[string]struct {
		film film
		want chat.Flash
	}{
		"five a second":                {turns(0, 254), chat.FlashStrong},
		"just above three a second":    {with(turns(0, 254), func(f *film) { f.delay = 16 }), chat.FlashStrong},
		"just below three a second":    {with(turns(0, 254), func(f *film) { f.delay = 17 }), chat.FlashNone},
		"two frames without end":       {with(turns(0, 254), func(f *film) { f.frames = 2 }), chat.FlashStrong},
		"two slow frames without end":  {with(turns(0, 254), func(f *film) { f.frames, f.delay = 2, 50 }), chat.FlashNone},
		"no delay is a tenth":          {with(turns(0, 254), func(f *film) { f.frames, f.delay = 2, 0 }), chat.FlashStrong},
		"a still picture":              {with(turns(0, 254), func(f *film) { f.frames = 1 }), chat.FlashNone},
		"changes of less than a tenth": {turns(grey, lighter), chat.FlashNone},
		"and of more":                  {turns(grey-14, lighter), chat.FlashStrong},
		"where both are bright":        {turns(lightest, 254), chat.FlashNone},
		"where one is below 0.8":       {turns(lightest-25, 254), chat.FlashStrong},
		"a fifth of a small picture":   {part(0.2, 120, 120), chat.FlashNone},
		"a third of it":                {part(0.34, 120, 120), chat.FlashStrong},
		// as large as the small one
		"a tenth of a large one":    {part(0.1, 1200, 900), chat.FlashStrong},
		"a fiftieth of a large one": {part(0.02, 1200, 900), chat.FlashNone},
		"a line":                    {with(turns(0, 254), func(f *film) { f.h = 1 }), chat.FlashStrong},
		"four quick ones and then calm": {with(turns(0, 254), func(f *film) {
			f.frames, f.delay = 60, 12
			f.draw = func(i int, m *image.Paletted) { fill(m, m.Rect, [2]uint8{0, 254}[min(i, 8)%2]) }
		}), chat.FlashStrong},
		"three quick ones and then calm": {with(turns(0, 254), func(f *film) {
			f.frames, f.delay = 60, 12
			f.draw = func(i int, m *image.Paletted) { fill(m, m.Rect, [2]uint8{0, 254}[min(i, 6)%2]) }
		}), chat.FlashNone},
		"over the end": {with(turns(0, 254), func(f *film) {
			// two at the end and two at the beginning
			f.frames = 40
			f.draw = func(i int, m *image.Paletted) {
				if i > 4 && i < 36 {
					i = 0
				}
				fill(m, m.Rect, [2]uint8{0, 254}[i%2])
			}
		}), chat.FlashStrong},
		"stripes that change places": {with(turns(0, 254), func(f *film) {
			f.w, f.h, f.frames = 320, 320, 4
			f.draw = func(i int, m *image.Paletted) {
				for y := range m.Rect.Dy() {
					fill(m, image.Rect(0, y, 320, y+1), [2]uint8{0, 254}[(y/40+i)%2])
				}
			}
		}), chat.FlashStrong},
		"a slow fade": {with(turns(0, 254), func(f *film) {
			f.frames, f.delay = 200, 4
			f.draw = func(i int, m *image.Paletted) { fill(m, m.Rect, uint8(min(i%100, 100-i%100)*5)) }
		}), chat.FlashNone},
		"a quick fade": {with(turns(0, 254), func(f *film) {
			f.frames, f.delay = 200, 4
			f.draw = func(i int, m *image.Paletted) { fill(m, m.Rect, uint8(min(i%6, 6-i%6)*80)) }
		}), chat.FlashStrong},
		"grain": {with(turns(0, 254), func(f *film) {
			f.w, f.h, f.frames, f.delay = 240, 180, 12, 4
			f.draw = func(_ int, m *image.Paletted) {
				for i := range m.Pix {
					m.Pix[i] = uint8(150 + rand.IntN(20))
				}
			}
		}), chat.FlashNone},
		"holes on a dark page":           {with(turns(hole, 254), func(f *film) { f.disposal = 2 }), chat.FlashStrong},
		"holes on a light page":          {with(turns(hole, 0), func(f *film) { f.disposal = 2 }), chat.FlashStrong},
		"holes that keep what was there": {turns(hole, 254), chat.FlashNone},
		"frames that leave no trace": {with(turns(0, 0), func(f *film) {
			f.disposal = 3
			f.draw = func(i int, m *image.Paletted) {
				fill(m, m.Rect, hole)
				if i%2 == 1 {
					fill(m, m.Rect, 254)
				}
			}
		}), chat.FlashStrong},
	} {
		for format, in := range map[string][]byte{"GIF": c.film.gif(t), "WebP": c.film.webp(t), "PNG": c.film.apng(t)} {
			if format == "WebP" && c.film.disposal == gif.DisposalPrevious {
				continue // it has no such thing
			}
			t.Run(name+", "+format, func(t *testing.T) {
				if got := flashOf(t, in); got != c.want {
					t.Errorf("found %q, want %q", got, c.want)
				}
			})
		}
	}
}

// An interlaced picture is read as it is shown.
func TestF8InterlacedFlashes(t *testing.T) {
	for rows, want := range map[int]chat.Flash{40: chat.FlashStrong, 8: chat.FlashNone} {
		in := film{w: 50, h: 100, frames: 20, delay: 10, draw: func(i int, m *image.Paletted) {
			for y := range 100 { // of the picture; the rows of a frame come in four turns
				if y < rows {
					fill(m, image.Rect(0, turn(y, 100), 50, turn(y, 100)+1), [2]uint8{0, 254}[i%2])
				}
			}
		}}.gif(t)
		n := 0
		for at := 13 + 3*256; at < len(in); at++ { // each image block of that size is marked
			if bytes.HasPrefix(in[at:], []byte("\x2c\x00\x00\x00\x00\x32\x00\x64\x00")) {
				in[at+9] |= 0x40
				n++
			}
		}
		if got := flashOf(t, in); n != 20 || got != want {
			t.Errorf("%d rows, %d frames: found %q, want %q", rows, n, got, want)
		}
	}
}

// turn is when a row of an interlaced picture comes.
func turn(row, h int) (n int) {
	for _, pass := range [][2]int{{0, 8}, {4, 8}, {2, 4}, {1, 2}} {
		for y := pass[0]; y < h; y += pass[1] {
			if y == row {
				return n
			}
			n++
		}
	}
	panic(row)
}

// What can't be read as it is meant isn't called calm.
func TestF8BrokenFramesAreUnknown(t *testing.T) {
	in := film{w: 60, h: 40, frames: 3, delay: 50, draw: func(i int, m *image.Paletted) { fill(m, m.Rect, 9) }}.gif(t)
	if got := flashOf(t, in); got != chat.FlashNone {
		t.Fatalf("whole: %q", got)
	}
	at := bytes.Index(in, []byte("\x2c\x00\x00\x00\x00\x3c\x00\x28\x00")) + 12 // the first codes
	for i := range 8 {
		in[at+i] = 0xff
	}
	if got := flashOf(t, in); got != chat.FlashUnknown {
		t.Errorf("broken: %q", got)
	}
}

// The reading of pictures agrees with that of the standard library, whatever is in them.
func TestF8ReadsAsOthersDo(t *testing.T) {
	for i := range 20 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			w, h := 1+rand.IntN(300), 1+rand.IntN(300)
			colors := 2 + rand.IntN(250)
			in := film{w: w, h: h, frames: 2, delay: 5, draw: func(_ int, m *image.Paletted) {
				run, grey := 0, uint8(0)
				for i := range m.Pix {
					if run--; run < 0 {
						run, grey = rand.IntN(1+rand.IntN(400)), uint8(rand.IntN(colors))
					}
					m.Pix[i] = grey
				}
			}}.gif(t)
			all, err := gif.DecodeAll(bytes.NewReader(in))
			if err != nil {
				t.Fatal(err)
			}
			for i, lum := range media.Points(in) {
				for at, got := range lum.Points {
					r, _, _, _ := all.Image[i].At(at.X, at.Y).RGBA()
					if want := media.Luminance(byte(r >> 8)); got != want {
						t.Fatalf("frame %d, %v: %d, want %d", i, at, got, want)
					}
				}
				if len(lum.Points) == 0 {
					t.Error("no points")
				}
			}
		})
	}
}

type nowhere struct{ io.ReadWriter }

func (nowhere) Write(b []byte) (int, error)        { return len(b), nil }
func (nowhere) Seek(n int64, _ int) (int64, error) { return n, nil }

// The work is bounded whatever a file claims.
func BenchmarkFlash(b *testing.B) {
	calm := film{w: 447, h: 447, frames: 500, delay: 10, draw: func(i int, m *image.Paletted) { fill(m, m.Rect, 9) }}.gif(b)
	noise := film{w: 447, h: 447, frames: 24, delay: 50, draw: func(i int, m *image.Paletted) {
		for i := range m.Pix {
			m.Pix[i] = uint8(rand.IntN(250))
		}
	}}.gif(b)
	for name, in := range map[string][]byte{"500 empty frames": calm, "noise": noise} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(in)))
			for b.Loop() {
				media.Clean(nowhere{}, bytes.NewReader(in), media.Limits{Bytes: -1})
			}
		})
	}
}
