package media

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/madang-chat/madang/chat"
)

// Limits bound an image. A zero field is its default, which is that of [chat.Limits].
type Limits struct {
	Bytes  int64 // of the upload
	Side   int   // pixels of width and of height
	Frames int
	Area   int64 // pixels of all frames together
	Scans  int   // of a progressive JPEG, each of which is decoded over the whole area
}

// LimitsOf are those of a chat's limits that bound images.
func LimitsOf(l chat.Limits) Limits {
	return Limits{Bytes: int64(l.Upload), Side: l.ImageSide, Frames: l.ImageFrames, Area: int64(l.ImageArea), Scans: l.ImageScans}
}

func (l Limits) withDefaults() Limits {
	if l.Bytes == 0 {
		l.Bytes = 5 << 20
	}
	if l.Side == 0 {
		l.Side = 4096
	}
	if l.Frames == 0 {
		l.Frames = 500
	}
	if l.Area == 0 {
		l.Area = 100_000_000
	}
	if l.Scans == 0 {
		l.Scans = 64
	}
	return l
}

// Errors of every upload; a broken or too large image is a [chat.Error] with chat.BadImage and its
// own message.
var (
	ErrTooLarge = chat.Fail(chat.TooLarge, "the image has too many bytes")
	ErrType     = chat.Fail(chat.BadType, "not a GIF, PNG, JPEG or WebP")
)

// Info is what the walk has found.
type Info struct {
	MIME   string
	Ext    string // without a dot
	W, H   int    // as it is shown
	Frames int
	Bytes  int64 // written
	Flash  chat.Flash
}

// Clean walks the image in src and writes it to dst without what isn't needed to show it. It reads
// src to its end, and what it has written where that moves. It fails with ErrTooLarge, ErrType, a
// BadImage, or as src or dst failed; what dst holds then is of no use. A Bytes limit below zero is
// none.
func Clean(dst io.ReadWriteSeeker, src io.Reader, l Limits) (Info, error) {
	l = l.withDefaults()
	limited := &limitedReader{r: src, left: l.Bytes}
	if l.Bytes < 0 {
		limited.left = 1<<63 - 1
	}
	// A file would read by itself, with a buffer of its own for every block.
	plain := struct{ io.Writer }{dst}
	w := &walk{in: bufio.NewReaderSize(limited, 32<<10), out: bufio.NewWriterSize(plain, 16<<10), dst: dst, limits: l}
	err := w.image()
	if err == nil {
		_, err = io.Copy(io.Discard, w.in) // what follows the end marker still counts as upload
	}
	if err == nil {
		err = w.out.Flush()
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) && limited.err == io.EOF {
		err = bad("it ends too early")
	}
	if err != nil {
		return Info{}, err
	}
	w.info.Bytes = w.written
	if w.info.Frames > 1 && w.info.MIME != "image/gif" {
		if w.info.Flash, err = look(dst, w.info, lookTime); err != nil {
			return Info{}, err
		}
	}
	w.info.Ext = chat.MediaExt(w.info.MIME)
	return w.info, nil
}

func bad(format string, args ...any) error {
	return &chat.Error{Code: chat.BadImage, Field: "gif", Message: "bad image: " + fmt.Sprintf(format, args...)}
}

func beyond(limit string, n int, format string, args ...any) error {
	return chat.Beyond(chat.BadImage, "gif", limit, n, "bad image: "+fmt.Sprintf(format, args...))
}

// walk reads an image piece by piece and writes what stays. A read beyond the end is io.EOF or
// io.ErrUnexpectedEOF.
type walk struct {
	in      *bufio.Reader
	out     *bufio.Writer
	dst     io.Seeker
	written int64
	limits  Limits
	info    Info
	area    int64 // of the frames so far
	turn    byte  // the orientation of a JPEG, 0 when nothing says it
	scratch [1024]byte
}

func (w *walk) image() error {
	head, err := w.in.Peek(12)
	if err != nil && err != io.EOF {
		return err
	}
	switch {
	case starts(head, "GIF87a"), starts(head, "GIF89a"):
		w.info.MIME = "image/gif"
		return w.gif()
	case starts(head, "\x89PNG\r\n\x1a\n"):
		w.info.MIME = "image/png"
		return w.png()
	case starts(head, "\xff\xd8\xff"):
		w.info.MIME = "image/jpeg"
		return w.jpeg()
	case starts(head, "RIFF") && len(head) == 12 && string(head[8:]) == "WEBP":
		w.info.MIME = "image/webp"
		return w.webp()
	}
	return ErrType
}

func starts(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && string(b[:len(prefix)]) == prefix
}

// canvas sets the image's size.
func (w *walk) canvas(width, height int) error {
	if width < 1 || height < 1 {
		return bad("%d × %d pixels", width, height)
	}
	if width > w.limits.Side || height > w.limits.Side {
		return beyond("image-side", w.limits.Side, "%d × %d pixels, at most %d × %d", width, height, w.limits.Side, w.limits.Side)
	}
	w.info.W, w.info.H = width, height
	return nil
}

// frame counts a frame, which lies inside the canvas.
func (w *walk) frame(x, y, width, height int) error {
	if width < 1 || height < 1 || x+width > w.info.W || y+height > w.info.H {
		return bad("a frame lies outside the canvas")
	}
	if w.info.Frames++; w.info.Frames > w.limits.Frames {
		return beyond("image-frames", w.limits.Frames, "more than %d frames", w.limits.Frames)
	}
	if w.area += int64(width) * int64(height); w.area > w.limits.Area {
		return beyond("image-area", int(w.limits.Area), "more than %d pixels in all frames", w.limits.Area)
	}
	return nil
}

// take reads n bytes, at most len(scratch); they are valid until the next call.
func (w *walk) take(n int) ([]byte, error) {
	b := w.scratch[:n]
	_, err := io.ReadFull(w.in, b)
	return b, err
}

func (w *walk) put(b []byte) error {
	w.written += int64(len(b))
	_, err := w.out.Write(b)
	return err
}

// keep copies n bytes.
func (w *walk) keep(n int64) error {
	m, err := io.CopyN(w.out, w.in, n)
	w.written += m
	return err
}

// drop reads n bytes over.
func (w *walk) drop(n int64) error {
	_, err := io.CopyN(io.Discard, w.in, n)
	return err
}

// limitedReader fails with ErrTooLarge at the first byte too many.
type limitedReader struct {
	r    io.Reader
	left int64
	err  error // that ended it
}

func (l *limitedReader) Read(p []byte) (int, error) {
	if l.err != nil {
		return 0, l.err
	}
	if int64(len(p)) > l.left {
		// One byte more tells whether there is more.
		p = p[:min(int64(len(p)), l.left+1)]
	}
	n, err := l.r.Read(p)
	if int64(n) > l.left {
		n, err = int(l.left), ErrTooLarge
	}
	l.left -= int64(n)
	l.err = err
	return n, err
}
