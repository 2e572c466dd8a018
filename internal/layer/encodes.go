package layer

import (
	"net/http"
	"reflect"
	"slices"
	"strings"
)

// compressors are the last parts of the import paths of packages that compress.
var compressors = []string{"gzip", "pgzip", "flate", "zlib", "zstd", "brotli", "cbrotli", "gzhttp"}

// Encodes reports whether a middleware compresses what is written to w, or says that it may:
// whoever answers then leaves compression and the length to it. Some compress what is compressed
// already. It looks at the headers, then for a writer that holds a compressor, or a buffer that it
// may compress as a whole.
func Encodes(w http.ResponseWriter, r *http.Request) (found bool) {
	defer func() {
		if recover() != nil {
			found = false
		}
	}()
	h := w.Header()
	if len(h["Content-Encoding"]) > 0 || varies(h) {
		return true
	}
	v := reflect.ValueOf(w)
	if len(r.Header["Accept-Encoding"]) == 0 || isResponse(v) {
		return false
	}
	budget := most
	return encodes(v, &budget)
}

// varies reports whether the header says that the answer depends on Accept-Encoding.
func varies(h http.Header) bool {
	for _, line := range h["Vary"] {
		for name := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(name), "Accept-Encoding") {
				return true
			}
		}
	}
	return false
}

func encodes(v reflect.Value, budget *int) bool {
	if *budget--; *budget < 0 || isResponse(v) {
		return false
	}
	if compresses(v.Type()) {
		return true
	}
	for f := range fields(v) {
		if f.Kind() == reflect.Interface && writes(f.Type()) && !f.IsNil() {
			f = f.Elem()
		}
		if compresses(f.Type()) {
			return true
		}
	}
	return slices.ContainsFunc(under(v), func(next reflect.Value) bool { return encodes(next, budget) })
}

func compresses(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	path := t.PkgPath()
	if path == "bytes" && t.Name() == "Buffer" {
		return true
	}
	if !reflect.PointerTo(t).Implements(reflect.TypeFor[interface{ Write([]byte) (int, error) }]()) && t.Kind() != reflect.Interface {
		return false
	}
	return slices.Contains(compressors, path[strings.LastIndexByte(path, '/')+1:])
}
