package media_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/media"
	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// clean returns what Clean makes of an image.
func clean(t testing.TB, in []byte, l media.Limits) ([]byte, media.Info, error) {
	t.Helper()
	var out memory
	info, err := media.Clean(&out, bytes.NewReader(in), l)
	return out.b, info, err
}

// memory is a file in memory, as far as Clean needs one.
type memory struct {
	b  []byte
	at int
}

func (m *memory) Write(p []byte) (int, error) {
	m.b = slices.Concat(m.b[:m.at], p, m.b[min(m.at+len(p), len(m.b)):])
	m.at += len(p)
	return len(p), nil
}

func (m *memory) Read(p []byte) (int, error) {
	if m.at >= len(m.b) {
		return 0, io.EOF
	}
	n := copy(p, m.b[m.at:])
	m.at += n
	return n, nil
}

func (m *memory) Seek(offset int64, whence int) (int64, error) {
	if m.at = int(offset); whence == io.SeekEnd {
		m.at += len(m.b)
	}
	return int64(m.at), nil
}

var palette = color.Palette{color.White, color.Black, color.RGBA{200, 30, 30, 255}}

func frame(r image.Rectangle) *image.Paletted {
	m := image.NewPaletted(r, palette)
	for i := range m.Pix {
		m.Pix[i] = uint8(i % len(palette))
	}
	return m
}

func encode(t testing.TB, write func(io.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gifOf(t testing.TB, frames int) []byte {
	g := &gif.GIF{Config: image.Config{ColorModel: palette, Width: 20, Height: 10}}
	for i := range frames {
		g.Image = append(g.Image, frame(image.Rect(i%3, 0, i%3+10, 10)))
		g.Delay = append(g.Delay, 50)
	}
	return encode(t, func(w io.Writer) error { return gif.EncodeAll(w, g) })
}

func pngOf(t testing.TB) []byte {
	return encode(t, func(w io.Writer) error { return png.Encode(w, frame(image.Rect(0, 0, 20, 10))) })
}

func jpegOf(t testing.TB) []byte {
	return encode(t, func(w io.Writer) error { return jpeg.Encode(w, frame(image.Rect(0, 0, 20, 10)), nil) })
}

func join(parts ...any) []byte {
	var b []byte
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			b = append(b, p...)
		case []byte:
			b = append(b, p...)
		case int:
			b = append(b, byte(p))
		case uint32:
			b = binary.LittleEndian.AppendUint32(b, p)
		}
	}
	return b
}

func le24(n int) string { return string([]byte{byte(n), byte(n >> 8), byte(n >> 16)}) }

func riffChunk(kind, data string) string {
	s := string(join(kind, uint32(len(data)), data))
	if len(data)%2 == 1 {
		s += "\x00"
	}
	return s
}

func webp(chunks ...string) []byte {
	body := "WEBP" + strings.Join(chunks, "")
	return join("RIFF", uint32(len(body)), body)
}

func vp8(w, h int) string {
	return riffChunk("VP8 ", string(join(0, 0, 0, 0x9d, 1, 0x2a, w, w>>8, h, h>>8, "data!")))
}

func vp8l(w, h int) string {
	return riffChunk("VP8L", string(join(0x2f, uint32(w-1|(h-1)<<14), "data")))
}

func vp8x(flags, w, h int) string {
	return riffChunk("VP8X", string(join(flags, 0, 0, 0, le24(w-1), le24(h-1))))
}

func anmf(x, y, w, h int, bits string) string {
	return riffChunk("ANMF", le24(x/2)+le24(y/2)+le24(w-1)+le24(h-1)+le24(100)+"\x00"+bits)
}

func pngChunk(kind, data string) string {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(b, kind+data...)
	return string(binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE([]byte(kind+data))))
}

func be32(n ...uint32) string {
	var b []byte
	for _, n := range n {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return string(b)
}

const pngHead = "\x89PNG\r\n\x1a\n"

func ihdr(w, h uint32) string { return pngChunk("IHDR", be32(w, h)+"\x08\x06\x00\x00\x00") }

func fctl(seq, w, h, x, y uint32) string {
	return pngChunk("fcTL", be32(seq, w, h, x, y)+"\x00\x01\x00\x0a\x00\x00")
}

func TestWholeImages(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []byte
		want media.Info
	}{
		{"gif", gifOf(t, 1), media.Info{MIME: "image/gif", Ext: "gif", W: 20, H: 10, Frames: 1}},
		{"animated gif", gifOf(t, 500), media.Info{MIME: "image/gif", Ext: "gif", W: 20, H: 10, Frames: 500}},
		{"png", pngOf(t), media.Info{MIME: "image/png", Ext: "png", W: 20, H: 10, Frames: 1}},
		{"apng", join(pngHead, ihdr(20, 10), pngChunk("acTL", be32(2, 0)), fctl(0, 20, 10, 0, 0), pngChunk("IDAT", "x"),
			fctl(1, 10, 5, 10, 5), pngChunk("fdAT", be32(2)+"x"), pngChunk("IEND", "")),
			media.Info{MIME: "image/png", Ext: "png", W: 20, H: 10, Frames: 2, Flash: chat.FlashUnknown}},
		{"jpeg", jpegOf(t), media.Info{MIME: "image/jpeg", Ext: "jpg", W: 20, H: 10, Frames: 1}},
		{"lossy webp", webp(vp8(20, 10)), media.Info{MIME: "image/webp", Ext: "webp", W: 20, H: 10, Frames: 1}},
		{"lossless webp", webp(vp8l(4096, 4096)), media.Info{MIME: "image/webp", Ext: "webp", W: 4096, H: 4096, Frames: 1}},
		{"extended webp", webp(vp8x(0x10, 20, 10), riffChunk("ICCP", "profile"), riffChunk("ALPH", "abc"), vp8(20, 10)),
			media.Info{MIME: "image/webp", Ext: "webp", W: 20, H: 10, Frames: 1}},
		{"animated webp", webp(vp8x(2, 20, 10), riffChunk("ANIM", "123456"), anmf(0, 0, 20, 10, vp8l(20, 10)),
			anmf(10, 4, 10, 6, riffChunk("ALPH", "a")+vp8(10, 6))),
			media.Info{MIME: "image/webp", Ext: "webp", W: 20, H: 10, Frames: 2, Flash: chat.FlashUnknown}},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, info, err := clean(t, c.in, media.Limits{})
			c.want.Bytes = int64(len(c.in))
			if err != nil || info != c.want {
				t.Fatalf("%+v, %v; want %+v", info, err, c.want)
			}
			if !bytes.Equal(out, c.in) {
				t.Error("an image with nothing to leave out was changed")
			}
			// Cut anywhere, it is refused.
			for i := 0; i < len(c.in); i += 1 + len(c.in)/200 {
				if _, _, err := clean(t, c.in[:i], media.Limits{}); err == nil {
					t.Fatalf("cut at %d of %d: no error", i, len(c.in))
				} else if code := chat.CodeOf(err); code != chat.BadImage && code != chat.BadType {
					t.Fatalf("cut at %d: %v", i, err)
				}
			}
			// What follows the end is cut.
			out, info, err = clean(t, append(bytes.Clone(c.in), "<script>alert(1)</script>"...), media.Limits{})
			if err != nil || info != c.want || !bytes.Equal(out, c.in) {
				t.Errorf("with a tail: %+v, %v, %d bytes", info, err, len(out))
			}
		})
	}
}

func TestF5MetadataIsLeftOut(t *testing.T) {
	g, p, j := gifOf(t, 2), pngOf(t), jpegOf(t)
	const gifHead = 13 + 3*4
	exif := "Exif\x00\x00GPS 37.5665 126.9780"
	app := func(marker int, data string) string {
		return string(join(0xff, marker, (len(data)+2)>>8, len(data)+2, data))
	}
	for _, c := range []struct {
		name     string
		in, want []byte
	}{
		{"gif", join(g[:gifHead], "\x21\xfe\x03GPS\x00", "\x21\xff\x0bXMP DataXMP\x04Exif\x00", "\x21\x01\x0c123456789012\x01a\x00", "\x00", g[gifHead:]), g},
		{"png", join(p[:33], pngChunk("tEXt", "GPS"), pngChunk("eXIf", "Exif"), pngChunk("iTXt", "XMP"), pngChunk("zzZz", "GPS"), p[33:]), p},
		{"jpeg", join(j[:2], app(0xe1, exif), app(0xe1, "http://ns.adobe.com/xap/1.0/\x00XMP"), app(0xe2, "MPF\x00"),
			app(0xed, "Photoshop GPS"), app(0xfe, "GPS"), "\xff\xff", j[3:]), j},
		{"jpeg with a thumbnail", join(j[:2], app(0xe0, "JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x01\x01GPS"), j[2:]),
			join(j[:2], app(0xe0, "JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00"), j[2:])},
		{"webp", webp(vp8x(0x0c, 20, 10), vp8(20, 10), riffChunk("EXIF", exif), riffChunk("XMP ", "XMP GPS"), riffChunk("what", "GPS")),
			webp(vp8x(0, 20, 10), vp8(20, 10))},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, info, err := clean(t, c.in, media.Limits{})
			if err != nil || !bytes.Equal(out, c.want) || info.Bytes != int64(len(out)) {
				t.Fatalf("%+v, %v\n%q\nwant\n%q", info, err, out, c.want)
			}
			for _, word := range []string{"GPS", "Exif", "XMP"} {
				if bytes.Contains(out, []byte(word)) || !bytes.Contains(c.in, []byte("GPS")) {
					t.Errorf("%s is still there", word)
				}
			}
		})
	}
}

// Phones turn pictures by a line of EXIF; where they were taken stands beside it.
func TestF5OrientationStays(t *testing.T) {
	j := jpegOf(t) // 20 × 10
	exif := func(tiff string) string {
		return "\xff\xe1" + string([]byte{0, byte(len(tiff) + 8)}) + "Exif\x00\x00" + tiff
	}
	big := func(turn string) string {
		return "MM\x00*\x00\x00\x00\x08\x00\x02\x01\x0f\x00\x02\x00\x00\x00\x04GPS\x00\x01\x12\x00\x03\x00\x00\x00\x01" + turn + "\x00\x00\x00\x00\x00\x00GPS"
	}
	little := func(turn string) string {
		return "II*\x00\x09\x00\x00\x00G\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00" + turn + "\x00\x00\x00\x00\x00\x00GPS"
	}
	kept := func(turn byte) string {
		return exif("MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00" + string([]byte{turn}) + "\x00\x00\x00\x00\x00\x00")
	}
	for name, c := range map[string]struct {
		before, want string
		w, h         int
	}{
		"turned":               {exif(big("\x00\x06")), kept(6), 10, 20},
		"turned, little end":   {exif(little("\x08\x00")), kept(8), 10, 20},
		"upside down":          {exif(big("\x00\x03")), kept(3), 20, 10},
		"upright":              {exif(big("\x00\x01")), "", 20, 10},
		"no such way":          {exif(big("\x00\x09")), "", 20, 10},
		"twice":                {exif(big("\x00\x06")) + exif(big("\x00\x03")), kept(6), 10, 20},
		"cut":                  {exif(big("\x00\x06")[:24]), "", 20, 10},
		"entries far away":     {exif("MM\x00*\x7f\xff\xff\xffGPS"), "", 20, 10},
		"neither end":          {exif("XX\x00*\x00\x00\x00\x08"), "", 20, 10},
		"what was kept before": {kept(7), kept(7), 10, 20},
	} {
		t.Run(name, func(t *testing.T) {
			out, info, err := clean(t, join(j[:2], c.before, j[2:]), media.Limits{})
			if err != nil || !bytes.Equal(out, join(j[:2], c.want, j[2:])) {
				t.Errorf("%v\n%q", err, out[:min(len(out), 80)])
			}
			if info.W != c.w || info.H != c.h {
				t.Error(info)
			}
		})
	}
}

func TestF5ColorsStay(t *testing.T) {
	j := jpegOf(t)
	in := join(j[:2], "\xff\xe2\x00\x12ICC_PROFILE\x00\x01\x01pp", "\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x01", j[2:])
	if out, _, err := clean(t, in, media.Limits{}); err != nil || !bytes.Equal(out, in) {
		t.Errorf("profile or color transform lost: %v", err)
	}
}

func TestF2BombsAndFakesAreRefused(t *testing.T) {
	g := gifOf(t, 3)
	screen := func(w, h int) []byte { return join("GIF89a", w, w>>8, h, h>>8, 0, 0, 0) }
	gifFrame := func(x, y, w, h int) []byte {
		return join(0x2c, x, x>>8, y, y>>8, w, w>>8, h, h>>8, 0, 2, 1, 0x44, 0)
	}
	bomb := join(screen(4000, 4000), bytes.Repeat(gifFrame(0, 0, 4000, 4000), 60), 0x3b)
	small := join(screen(65535, 8191), gifFrame(0, 0, 65535, 8191))
	p := pngOf(t)
	wrongSum := bytes.Clone(p)
	wrongSum[30] ^= 1
	j := jpegOf(t)
	sof := bytes.Index(j, []byte{0xff, 0xc0})
	wide := bytes.Clone(j)
	wide[sof+7] = 0x40
	for _, c := range []struct {
		name string
		in   []byte
		code chat.Code
	}{
		{"a bomb of 32 bytes", join(small, 0, 0, 0x3b)[:32], chat.BadImage},
		{"60 frames of 4000 × 4000", bomb, chat.BadImage},
		{"501 frames", gifOf(t, 501), chat.BadImage},
		{"a frame outside the canvas", join(screen(10, 10), gifFrame(1, 0, 10, 10), 0x3b), chat.BadImage},
		{"an empty frame", join(screen(10, 10), gifFrame(0, 0, 0, 10), 0x3b), chat.BadImage},
		{"an empty canvas", join(screen(0, 10), 0x3b), chat.BadImage},
		{"4097 wide", join(screen(4097, 1), gifFrame(0, 0, 1, 1), 0x3b), chat.BadImage},
		{"no frame", join(screen(10, 10), 0x3b), chat.BadImage},
		{"no trailer", g[:len(g)-1], chat.BadImage},
		{"a GIF that is a script", []byte("GIF89a=1;alert(document.domain)//"), chat.BadImage},
		{"a GIF that is a page", []byte("GIF89a<html><script>alert(1)</script></html>"), chat.BadImage},
		{"html", []byte("<!doctype html><script>alert(1)</script>"), chat.BadType},
		{"svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), chat.BadType},
		{"pdf", []byte("%PDF-1.7 and so on"), chat.BadType},
		{"nothing", nil, chat.BadType},
		{"another RIFF", []byte("RIFF\x04\x00\x00\x00WAVEfmt "), chat.BadType},
		{"a header with a wrong sum", wrongSum, chat.BadImage},
		{"a large PNG", join(pngHead, ihdr(4097, 1), pngChunk("IDAT", "x"), pngChunk("IEND", "")), chat.BadImage},
		{"a huge PNG", join(pngHead, ihdr(1<<32-1, 1<<32-1), pngChunk("IDAT", "x"), pngChunk("IEND", "")), chat.BadImage},
		{"a PNG without data", join(pngHead, ihdr(1, 1), pngChunk("IEND", "")), chat.BadImage},
		{"an unknown critical chunk", join(pngHead, ihdr(1, 1), pngChunk("ABCD", "x"), pngChunk("IDAT", "x"), pngChunk("IEND", "")), chat.BadImage},
		{"APNG frames outside", join(pngHead, ihdr(9, 9), fctl(0, 9, 9, 1<<31, 0), pngChunk("IDAT", "x"), pngChunk("IEND", "")), chat.BadImage},
		{"501 APNG frames", join(pngHead, ihdr(9, 9), pngChunk("acTL", be32(501, 0))), chat.BadImage},
		{"a wide JPEG", wide, chat.BadImage},
		{"a JPEG with two frames", join(j[:sof], j[sof:sof+19], j[sof:]), chat.BadImage},
		{"many scans", join(j[:len(j)-2], strings.Repeat("\xff\xda\x00\x02xx", 64), "\xff\xd9"), chat.BadImage},
		{"an arithmetic JPEG", bytes.Replace(j, []byte{0xff, 0xc0}, []byte{0xff, 0xc9}, 1), chat.BadImage},
		{"a WebP with two images", webp(vp8x(0, 9, 9), vp8(9, 9), vp8(9, 9)), chat.BadImage},
		{"a WebP larger than its canvas", webp(vp8x(0, 9, 9), vp8(10, 9)), chat.BadImage},
		{"a WebP frame outside", webp(vp8x(2, 10, 10), anmf(2, 0, 10, 10, vp8(10, 10))), chat.BadImage},
		{"a WebP frame larger than said", webp(vp8x(2, 10, 10), anmf(0, 0, 10, 10, vp8(100, 10))), chat.BadImage},
		{"501 WebP frames", webp(vp8x(2, 9, 9), strings.Repeat(anmf(0, 0, 9, 9, vp8(9, 9)), 501)), chat.BadImage},
		{"a large WebP canvas", webp(vp8x(2, 4097, 9), anmf(0, 0, 9, 9, vp8(9, 9))), chat.BadImage},
		{"a WebP without image", webp(vp8x(0, 9, 9)), chat.BadImage},
		{"a WebP chunk larger than the file", webp("VP8 \xff\xff\xff\xff"), chat.BadImage},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, _, err := clean(t, c.in, media.Limits{}); chat.CodeOf(err) != c.code {
				t.Errorf("%v, want %s", err, c.code)
			}
		})
	}
}

func TestF1Bytes(t *testing.T) {
	g := gifOf(t, 2)
	const most = 5 << 20
	full := append(bytes.Clone(g), make([]byte, most-len(g))...)
	if _, info, err := clean(t, full, media.Limits{}); err != nil || info.Bytes != int64(len(g)) {
		t.Errorf("%d bytes: %+v, %v", len(full), info, err)
	}
	if _, _, err := clean(t, append(full, 0), media.Limits{}); !errors.Is(err, media.ErrTooLarge) {
		t.Errorf("one more: %v", err)
	}
	if _, _, err := clean(t, append(full, 0), media.Limits{Bytes: -1}); err != nil {
		t.Errorf("without a limit: %v", err)
	}
}

func TestSourceFails(t *testing.T) {
	broken := errors.New("connection lost")
	for _, want := range []error{broken, io.ErrUnexpectedEOF} {
		src := io.MultiReader(bytes.NewReader(gifOf(t, 1)[:30]), iotest.ErrReader(want))
		if _, err := media.Clean(&memory{}, src, media.Limits{}); !errors.Is(err, want) {
			t.Errorf("%v became %v", want, err)
		}
	}
}

func TestF2ImagesTakeLittleMemory(t *testing.T) {
	bomb := join("GIF89a", 0xa0, 0x0f, 0xa0, 0x0f, 0, 0, 0,
		bytes.Repeat(join(0x2c, "\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02", 255, make([]byte, 255), 0), 400), 0x3b)
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			f.Seek(0, io.SeekStart)
			if _, err := media.Clean(f, bytes.NewReader(bomb), media.Limits{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	if got := r.AllocedBytesPerOp(); got > 256<<10 {
		t.Errorf("%d bytes allocated for an image of %d", got, len(bomb))
	}
}

func FuzzGIF(f *testing.F) { fuzz(f, "GIF89a", gifOf(f, 2)) }
func FuzzPNG(f *testing.F) { fuzz(f, pngHead, pngOf(f), strobe(16, 8).apng(f)) }
func FuzzJPEG(f *testing.F) {
	j := jpegOf(f)
	turned := join(j[:2], "\xff\xe1\x00\x22Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00", j[2:])
	fuzz(f, "\xff\xd8\xff", j, turned)
}
func FuzzWebP(f *testing.F) {
	fuzz(f, "RIFF", webp(vp8x(2, 20, 10), riffChunk("ANIM", "123456"), anmf(0, 0, 20, 10, vp8l(20, 10))),
		webp(vp8(20, 10)), webp(vp8x(0x0c, 20, 10), vp8(20, 10), riffChunk("EXIF", "x")), strobe(16, 8).webp(f), stored(f, "strobe-lossy.webp"))
}

// fuzz checks that whatever is accepted is accepted again, unchanged, and stays within the limits.
func fuzz(f *testing.F, magic string, seeds ...[]byte) {
	for _, s := range seeds {
		f.Add(s[len(magic):])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		in := join(magic, b)
		out, info, err := clean(t, in, media.Limits{})
		if err != nil {
			if chat.CodeOf(err) == chat.Internal {
				t.Fatalf("an image's fault isn't told: %v", err)
			}
			return
		}
		if info.W < 1 || info.W > 4096 || info.H < 1 || info.H > 4096 || info.Frames < 1 || info.Frames > 500 ||
			info.Bytes != int64(len(out)) || len(out) > len(in)+1+4 {
			// EXIF may end without the place of another directory
			t.Fatalf("%+v, %d bytes", info, len(out))
		}
		again, info2, err := clean(t, out, media.Limits{})
		if err != nil || info2 != info || !bytes.Equal(again, out) {
			t.Fatalf("cleaned again: %+v, %v; first %+v", info2, err, info)
		}
	})
}

// What isn't set is bounded as a chat bounds it.
func TestDefaultsAreTheChats(t *testing.T) {
	var l chat.Limits
	for _, limit := range chat.AllLimits() {
		if err := l.Set(limit.Name, limit.Default); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := media.Defaults(), media.LimitsOf(l); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
