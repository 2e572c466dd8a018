package raid

import (
	"bytes"
	"image"
	"image/color/palette"
	"image/gif"
	"image/png"
	"math/rand/v2"
	"sync"
)

var (
	noise    = sync.OnceValue(func() []byte { return square(1100) }) // nearly 5 MB
	snapshot = sync.OnceValue(func() []byte { return square(500) })  // 1 MB
)

// square is a PNG that doesn't compress.
func square(side int) []byte {
	picture := image.NewNRGBA(image.Rect(0, 0, side, side))
	fill(picture.Pix)
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.NoCompression}
	if err := encoder.Encode(&b, picture); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// animation is a GIF of two frames, of some 300 KB.
var animation = sync.OnceValue(func() []byte {
	var all gif.GIF
	for range 2 {
		frame := image.NewPaletted(image.Rect(0, 0, 300, 300), palette.Plan9)
		fill(frame.Pix)
		all.Image, all.Delay = append(all.Image, frame), append(all.Delay, 10)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &all); err != nil {
		panic(err)
	}
	return b.Bytes()
})

// fill is the same noise each time.
func fill(pixels []byte) {
	source := rand.NewChaCha8([32]byte{})
	source.Read(pixels)
}
