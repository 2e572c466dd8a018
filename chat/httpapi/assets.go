package httpapi

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/madang-chat/madang/internal/encoding"
)

// assetTypes are the types of the page's files, which mustn't depend on the system's table.
var assetTypes = map[string]string{
	".css":         "text/css; charset=utf-8",
	".ico":         "image/x-icon",
	".js":          "text/javascript; charset=utf-8",
	".json":        "application/json; charset=utf-8",
	".png":         "image/png",
	".svg":         "image/svg+xml; charset=utf-8",
	".txt":         "text/plain; charset=utf-8",
	".webmanifest": "application/manifest+json; charset=utf-8",
	".woff2":       "font/woff2",
}

// asset is a file of the page's build, kept in memory as it is and compressed.
type asset struct {
	body, gzip []byte // gzip nil = it isn't smaller
	kind       string
	etag       string
	hashed     bool // the name changes with the content
	shared     bool // pages of other sites may show it
}

// readAssets reads all files of the build whose type is known, but what is for the server alone.
func readAssets(web fs.FS) (map[string]asset, error) {
	assets := map[string]asset{}
	err := fs.WalkDir(web, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() || assetTypes[path.Ext(name)] == "" || name == manifestFile {
			return nil
		}
		body, err := fs.ReadFile(web, name)
		if err != nil {
			return err
		}
		assets["/"+name] = newAsset(name, body)
		return nil
	})
	return assets, err
}

func newAsset(name string, body []byte) asset {
	sum := sha256.Sum256(body)
	return asset{
		body:   body,
		gzip:   zip(body),
		kind:   assetTypes[path.Ext(name)],
		etag:   hex.EncodeToString(sum[:8]),
		hashed: strings.HasPrefix(name, "assets/"),
	}
}

func zip(body []byte) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // fails for an unknown level alone
	z.Write(body)
	z.Close()
	if b.Len() >= len(body) {
		return nil
	}
	return b.Bytes()
}

func (a asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "no-cache")
	if a.hashed {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if a.shared {
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	}
	body, tag := a.body, a.etag
	if a.gzip != nil {
		h.Set("Vary", "Accept-Encoding")
		if encoding.Choose(r.Header, "gzip") != "" {
			h.Set("Content-Encoding", "gzip")
			body, tag = a.gzip, tag+"-gzip"
		}
	}
	h.Set("ETag", `"`+tag+`"`)
	serveContent(w, r, bytes.NewReader(body))
}
