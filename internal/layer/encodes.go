package layer

import (
	"net/http"
	"reflect"
	"slices"
	"strings"
)

// compressors are the last parts of the import paths of packages that compress.
var compressors = []string{"gzip", "pgzip", "flate", "zlib", "zstd", "brotli", "cbrotli", "gzhttp"}

// Encodes reports whether w, or a writer under it, holds a compressor, or a buffer of which it may compress the whole. Some of these
// don't look whether the content is compressed already.
func Encodes(w http.ResponseWriter) (found bool) {
	defer func() {
		if recover() != nil {
			found = false
		}
	}()
	budget := most
	return encodes(reflect.ValueOf(w), &budget)
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
