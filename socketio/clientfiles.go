package socketio

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/madang-chat/madang/internal/encoding"
	"github.com/madang-chat/madang/internal/layer"
)

// clientVersion is the official client that requests are redirected to without Options.ClientFiles.
const clientVersion = "4.8.4"

const cdn = "https://cdn.socket.io/" + clientVersion + "/"

// isClientFile knows the eight files that the official server serves.
func isClientFile(name string) bool {
	switch strings.TrimSuffix(name, ".map") {
	case "socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js":
		return true
	}
	return false
}

// clientFiles serves the client that Options.ClientFiles holds. Each file is kept once it was read,
// with what lies beside it compressed, as NAME.br and NAME.gz. Without the latter gzip makes its
// own, once: a page that loads 150 kB where 45 would do is too slow for want of a build step.
type clientFiles struct {
	files    fs.FS
	compress bool
	log      *slog.Logger
	loaded   sync.Map // of *clientFile, by name
}

// encodings are those that a file may have, in the order of preference.
var encodings = []struct{ name, suffix string }{{"br", ".br"}, {"gzip", ".gz"}}

// A clientFile doesn't change.
type clientFile struct {
	version string
	bodies  map[string]func() []byte // by encoding, "" is the file as it is
	offered []string                 // the encodings of bodies, in the order of preference
}

// etag differs for each encoding: a cache may keep them side by side.
func (f *clientFile) etag(encoded string) string {
	if encoded == "" {
		return strconv.Quote(f.version)
	}
	return strconv.Quote(f.version + "-" + encoded)
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
	chosen := ""
	if c.compress && !layer.Encodes(w, r) {
		h.Add("Vary", "Accept-Encoding")
		chosen = encoding.Choose(r.Header, f.offered...)
	}
	etag := f.etag(chosen)
	h.Set("Etag", etag)
	if unchanged(r, etag) {
		h.Del("Content-Encoding") // of a middleware that expects a body
		w.WriteHeader(http.StatusNotModified)
		return
	}
	kind := "application/javascript"
	if strings.HasSuffix(name, ".map") {
		kind = "application/json"
	}
	h.Set("Content-Type", kind+"; charset=utf-8")
	if chosen != "" {
		h.Set("Content-Encoding", chosen)
	}
	if r.Method != http.MethodHead {
		w.Write(f.bodies[chosen]())
	}
}

// unchanged reports whether the client has what this tag names.
func unchanged(r *http.Request, etag string) bool {
	for _, line := range r.Header.Values("If-None-Match") {
		for tag := range strings.SplitSeq(line, ",") {
			tag = strings.TrimSpace(tag)
			if tag == "*" || strings.TrimPrefix(tag, "W/") == etag {
				return true
			}
		}
	}
	return false
}

func (c *clientFiles) load(name string) (*clientFile, error) {
	if f, ok := c.loaded.Load(name); ok {
		return f.(*clientFile), nil
	}
	plain, err := c.read(name)
	if err != nil {
		return nil, err
	}
	f := &clientFile{version: c.version(name, plain), bodies: make(map[string]func() []byte)}
	f.bodies[""] = func() []byte { return plain }
	if c.compress {
		c.loadEncoded(name, plain, f)
	}
	kept, _ := c.loaded.LoadOrStore(name, f) // somebody else may have been faster
	return kept.(*clientFile), nil
}

func (c *clientFiles) loadEncoded(name string, plain []byte, f *clientFile) {
	for _, e := range encodings {
		var body func() []byte
		if data, err := c.read(name + e.suffix); err == nil {
			body = func() []byte { return data }
		} else if e.name == "gzip" {
			body = sync.OnceValue(func() []byte { return zip(plain) })
		} else {
			continue
		}
		f.bodies[e.name] = body
		f.offered = append(f.offered, e.name)
	}
}

// read reads a file. Of a panic of the application's fs.FS the log is told; the file is missing
// then.
func (c *clientFiles) read(name string) (data []byte, err error) {
	err = protect(func() (err error) { data, err = fs.ReadFile(c.files, name); return err })
	if find[PanicError](err) != nil {
		logFailure(context.Background(), c.log, "ClientFiles panicked", err, "file", name)
	}
	return data, err
}

// zip writes to memory, which doesn't fail.
func zip(plain []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Write(plain)
	z.Close()
	return out.Bytes()
}

var banner = regexp.MustCompile(`Socket\.IO v(\d+\.\d+\.\d+[-.\w]*)`)

// version is what the file says in its first comment, or for a source map what the script says. Own
// builds are known by their content.
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
