package socketio

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"net/http"
	"regexp"
	"strings"
	"sync"
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

// clientFiles serves the client that Options.ClientFiles holds. Each file is read and compressed once.
type clientFiles struct {
	files fs.FS

	mu     sync.Mutex
	loaded map[string]*clientFile // guarded by mu
}

type clientFile struct {
	etag                string
	plain, gzip, deflat []byte
}

func newClientFiles(files fs.FS) http.Handler {
	if files == nil {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, cdn+baseName(r), http.StatusFound)
		})
	}
	return &clientFiles{files: files, loaded: make(map[string]*clientFile)}
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
	h.Add("Vary", "Accept-Encoding")
	if strings.TrimPrefix(r.Header.Get("If-None-Match"), "W/") == f.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	kind := "application/javascript"
	if strings.HasSuffix(name, ".map") {
		kind = "application/json"
	}
	h.Set("Content-Type", kind+"; charset=utf-8")
	body := f.plain
	switch accept := r.Header.Get("Accept-Encoding"); {
	case strings.Contains(accept, "gzip"):
		body = f.gzip
		h.Set("Content-Encoding", "gzip")
	case strings.Contains(accept, "deflate"):
		body = f.deflat
		h.Set("Content-Encoding", "deflate")
	}
	if r.Method != http.MethodHead {
		w.Write(body)
	}
}

func (c *clientFiles) load(name string) (*clientFile, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.loaded[name]; f != nil {
		return f, nil
	}
	plain, err := fs.ReadFile(c.files, name)
	if err != nil {
		return nil, err
	}
	f := &clientFile{plain: plain, etag: `"` + versionOf(plain) + `"`}
	var gz, fl bytes.Buffer
	pack(gzip.NewWriter(&gz), plain)
	pack(zlib.NewWriter(&fl), plain)
	f.gzip, f.deflat = gz.Bytes(), fl.Bytes()
	c.loaded[name] = f
	return f, nil
}

// pack writes to memory, which doesn't fail.
func pack(w io.WriteCloser, p []byte) {
	w.Write(p)
	w.Close()
}

var banner = regexp.MustCompile(`Socket\.IO v(\d+\.\d+\.\d+[-.\w]*)`)

// versionOf is what the file itself says in its first comment; source maps and own builds are known by their content.
func versionOf(p []byte) string {
	if m := banner.FindSubmatch(p[:min(len(p), 512)]); m != nil {
		return string(m[1])
	}
	sum := sha256.Sum256(p)
	return hex.EncodeToString(sum[:10])
}
