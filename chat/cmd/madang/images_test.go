package main

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"strings"
	"testing"
)

// animation is a GIF of so many frames, side × side each.
func animation(t *testing.T, side, frames int) []byte {
	t.Helper()
	p := color.Palette{color.Black, color.White}
	g := gif.GIF{}
	for range frames {
		g.Image = append(g.Image, image.NewPaletted(image.Rect(0, 0, side, side), p))
		g.Delay = append(g.Delay, 5)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &g); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The limits on images that are set are those in force, whether they are higher or lower than
// usual.
func TestLimitsOfImages(t *testing.T) {
	small := animation(t, 8, 2)
	heavy := append(animation(t, 8, 2), make([]byte, 6<<20)...) // bytes behind the end count
	for _, c := range []struct {
		limit  string
		image  []byte
		status int
		told   string
	}{
		{"upload=5MiB", heavy, 413, `"limit":"upload","n":5`},
		{"upload=20MiB", heavy, 200, ""},
		{"upload=100", small, 413, `"limit":"upload","n":1`},
		{"image-side=4096", animation(t, 5000, 1), 422, `"limit":"image-side","n":4096`},
		{"image-side=5000", animation(t, 5000, 1), 200, ""},
		{"image-side=7", small, 422, `"limit":"image-side","n":7`},
		{"image-frames=500", animation(t, 8, 501), 422, `"limit":"image-frames","n":500`},
		{"image-frames=501", animation(t, 8, 501), 200, ""},
		{"image-frames=1", small, 422, `"limit":"image-frames","n":1`},
		{"image-area=127", small, 422, `"limit":"image-area","n":127`},
		{"image-area=128", small, 200, ""},
	} {
		t.Run(c.limit, func(t *testing.T) {
			b := newBrowser(t, serve(t, c.limit))
			room := b.openRoom(`{"title":"마당"}`)
			b.sit(room)
			a, err := b.upload(room, c.image)
			if err != nil {
				t.Fatal(err)
			}
			if a.status != c.status || !strings.Contains(a.body, c.told) {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
}
