package socketio

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"compress/zlib"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"

	"github.com/madang-chat/madang/internal/layer"
)

// ClientVersion is the official client that requests are redirected to without Options.ClientFiles.
const ClientVersion = "4.8.4"

const cdn = "https://cdn.socket.io/" + ClientVersion + "/"

// isClientFile knows the eight files that the official server serves.
func isClientFile(name string) bool {
	switch strings.TrimSuffix(name, ".map") {
	case "socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js":
		return true
	}
	return false
}

// clientFiles serves the client that Options.ClientFiles holds. Each file is kept once it was read, and compressed
// once for each encoding that is asked for. Brotli, which the standard library lacks, leaves a tenth less than gzip
// to load; it takes up to a second to do so, once.
type clientFiles struct {
	files    fs.FS
	compress bool
	log      *slog.Logger
	loaded   sync.Map // of *clientFile, by name
}

// A clientFile doesn't change.
type clientFile struct {
	etag   string
	bodies map[string]func() []byte // by encoding, "" is the file as it is
}

func newClientFiles(files fs.FS, compress bool, log *slog.Logger) http.Handler {
	if files == nil {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, cdn+baseName(r), http.StatusFound)
		})
	}
	return &clientFiles{files: files, compress: compress, log: log}
}

func baseName(r *http.Request) string { return r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:] }

func (c *clientFiles) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := baseName(r)
	f, err := c.load(name)
	if err != nil {
		http.Error(w, "the client file "+name+" is missing in Options.ClientFiles", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=0")
	h.Set("Etag", f.etag)
	compress := c.compress && !layer.Encodes(w, r)
	if compress {
		h.Add("Vary", "Accept-Encoding")
	}
	if strings.TrimPrefix(r.Header.Get("If-None-Match"), "W/") == f.etag {
		h.Del("Content-Encoding") // of a middleware that expects a body
		w.WriteHeader(http.StatusNotModified)
		return
	}
	kind := "application/javascript"
	if strings.HasSuffix(name, ".map") {
		kind = "application/json"
	}
	h.Set("Content-Type", kind+"; charset=utf-8")
	encoding := ""
	if compress {
		encoding = acceptedEncoding(r.Header.Values("Accept-Encoding"))
	}
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	if r.Method != http.MethodHead {
		w.Write(f.bodies[encoding]())
	}
}

func (c *clientFiles) load(name string) (*clientFile, error) {
	if f, ok := c.loaded.Load(name); ok {
		return f.(*clientFile), nil
	}
	plain, err := c.read(name)
	if err != nil {
		return nil, err
	}
	f := &clientFile{etag: strconv.Quote(c.version(name, plain)), bodies: make(map[string]func() []byte)}
	f.bodies[""] = func() []byte { return plain }
	for _, e := range encoders {
		f.bodies[e.name] = sync.OnceValue(func() []byte { return pack(e.wrap, plain) })
	}
	kept, _ := c.loaded.LoadOrStore(name, f) // somebody else may have been faster
	return kept.(*clientFile), nil
}

// read reads a file. Of a panic of the application's fs.FS the log is told; the file is missing then.
func (c *clientFiles) read(name string) (data []byte, err error) {
	err = protect(func() (err error) { data, err = fs.ReadFile(c.files, name); return err })
	if find[PanicError](err) != nil {
		logFailure(context.Background(), c.log, "ClientFiles panicked", err, "file", name)
	}
	return data, err
}

// encoders are in the order of preference.
var encoders = []struct {
	name string
	wrap func(io.Writer) io.WriteCloser
}{
	{"br", func(w io.Writer) io.WriteCloser { return brotli.NewWriterLevel(w, brotli.DefaultCompression) }},
	{"gzip", func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }},
	{"deflate", func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }},
}

// acceptedEncoding is the encoder that a client likes best; of those it likes alike the first.
func acceptedEncoding(headers []string) string {
	best, bestQuality := "", 0.0
	for _, e := range encoders {
		for part := range strings.SplitSeq(strings.Join(headers, ","), ",") {
			name, params, _ := strings.Cut(part, ";")
			if !strings.EqualFold(strings.TrimSpace(name), e.name) {
				continue
			}
			_, q, _ := strings.Cut(params, "=")
			quality, err := strconv.ParseFloat(cmp.Or(strings.TrimSpace(q), "1"), 64)
			if err == nil && quality > bestQuality {
				best, bestQuality = e.name, quality
			}
		}
	}
	return best
}

// pack writes to memory, which doesn't fail.
func pack(wrap func(io.Writer) io.WriteCloser, plain []byte) []byte {
	var out bytes.Buffer
	w := wrap(&out)
	w.Write(plain)
	w.Close()
	return out.Bytes()
}

var banner = regexp.MustCompile(`Socket\.IO v(\d+\.\d+\.\d+[-.\w]*)`)

// version is what the file says in its first comment, or for a source map what the script says. Own builds are known by their content.
func (c *clientFiles) version(name string, plain []byte) string {
	script, isMap := strings.CutSuffix(name, ".map")
	head := plain
	if isMap {
		head, _ = c.read(script)
	}
	if m := banner.FindSubmatch(head[:min(len(head), 512)]); m != nil {
		return string(m[1])
	}
	sum := sha256.Sum256(plain)
	return hex.EncodeToString(sum[:10])
}
