// Package layer looks under a http.ResponseWriter that routers and middleware have wrapped, down to
// the one of net/http: whether that one has written its header, which wrapper holds a status back,
// whether one compresses. It only reads, never panics, and says so when it can't tell
// (docs/decisions/hijack.md).
package layer

import (
	"bufio"
	"io"
	"iter"
	"net/http"
	"reflect"
	"slices"
	"sync"
)

// most is how many writers are looked at: wrappers are a handful, and they may form a circle.
const most = 64

var writerType = reflect.TypeFor[http.ResponseWriter]()

type unwrapper interface{ Unwrap() http.ResponseWriter }

// Unwrapped yields w and those under it, as far as their Unwrap leads: what http.ResponseController
// goes through.
func Unwrapped(w http.ResponseWriter) iter.Seq[http.ResponseWriter] {
	return func(yield func(http.ResponseWriter) bool) {
		next := w
		for range most {
			if next == nil || !yield(next) {
				return
			}
			wrapper, ok := next.(unwrapper)
			if !ok {
				return
			}
			next = wrapper.Unwrap()
		}
	}
}

// A Stack is a ResponseWriter and those under it. The first is the outermost, the last that of
// net/http; one that can't be followed so far is empty. It is for the goroutine that serves the
// request.
type Stack []reflect.Value

// Of follows w through Unwrap and through the fields of wrappers that have none.
func Of(w http.ResponseWriter) (s Stack) {
	defer func() {
		if recover() != nil {
			s = nil
		}
	}()
	budget := most
	return follow(reflect.ValueOf(w), &budget)
}

// follow returns the way from v to the writer of net/http, nil when there is none.
func follow(v reflect.Value, budget *int) Stack {
	if *budget--; *budget < 0 {
		return nil
	}
	if isResponse(v) {
		return Stack{v}
	}
	for _, next := range under(v) {
		if s := follow(next, budget); s != nil {
			return append(Stack{v}, s...)
		}
	}
	return nil
}

// Server is the writer of net/http under w, nil when it can't be had: a wrapper may keep it in an
// unexported field.
func Server(w http.ResponseWriter) http.ResponseWriter {
	s := Of(w)
	server, ok := s.writer(len(s) - 1)
	if !ok {
		return nil
	}
	return server
}

// Buffered reports whether one of the writers is that of http.TimeoutHandler: nobody can take over
// the connection under it, whatever the wrappers around it offer.
func (s Stack) Buffered() bool {
	return slices.ContainsFunc(s, func(v reflect.Value) bool { return v.Type().String() == TimeoutWriter })
}

// TimeoutWriter is the type of http.TimeoutHandler's writer.
const TimeoutWriter = "*http.timeoutWriter"

func isResponse(v reflect.Value) bool {
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Type().Elem().PkgPath() != "net/http" {
		return false
	}
	name := v.Type().Elem().Name()
	return name == "response" || name == "http2responseWriter"
}

// under lists the writers that v may write to.
func under(v reflect.Value) (writers []reflect.Value) {
	if v.CanInterface() {
		if w, ok := v.Interface().(unwrapper); ok {
			if next := w.Unwrap(); next != nil {
				return []reflect.Value{reflect.ValueOf(next)}
			}
		}
	}
	for f := range fields(v) {
		switch f.Kind() {
		case reflect.Interface:
			// Other interfaces may be guarded by a lock, such as the error of http.TimeoutHandler.
			if writes(f.Type()) && !f.IsNil() && f.Elem().Type().Implements(writerType) {
				writers = append(writers, f.Elem())
			}
		case reflect.Pointer:
			if f.Type().Implements(writerType) && !f.IsNil() {
				writers = append(writers, f)
			}
		case reflect.Struct:
			if f.CanAddr() && f.Addr().Type().Implements(writerType) {
				writers = append(writers, f.Addr())
			} else if f.Type().Implements(writerType) {
				writers = append(writers, f)
			}
		}
	}
	return writers
}

// fields are those of the struct that v is or points to.
func fields(v reflect.Value) func(func(reflect.Value) bool) {
	return func(yield func(reflect.Value) bool) {
		if v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct {
			return
		}
		for i := range v.NumField() {
			if !yield(v.Field(i)) {
				return
			}
		}
	}
}

// writing are the interfaces whose methods only writers have.
var writing = []reflect.Type{
	reflect.TypeFor[io.Writer](), reflect.TypeFor[interface{ WriteHeader(int) }](), reflect.TypeFor[http.Hijacker](), reflect.TypeFor[unwrapper](),
}

// writes reports whether an interface is one of writers. It doesn't look methods up by their names:
// then the linker would keep the methods of all types, a fifth of a small program.
func writes(t reflect.Type) bool {
	return slices.ContainsFunc(writing, t.Implements)
}

// places are where fields of net/http's writer stand. Every upgrade asks for some, and looking for
// a name takes longer than all the rest.
var places sync.Map // name → []int

// field is one of net/http's writer, invalid when there is none of that name.
func (s Stack) field(name string) reflect.Value {
	response := s[len(s)-1].Elem()
	if index, known := places.Load(name); known {
		return response.FieldByIndex(index.([]int))
	}
	f, ok := response.Type().FieldByName(name)
	if !ok {
		return reflect.Value{}
	}
	places.Store(name, f.Index)
	return response.FieldByIndex(f.Index)
}

// writer is the i-th one, if it may be called: one in an unexported field may only be looked at.
func (s Stack) writer(i int) (http.ResponseWriter, bool) {
	if i < 0 || i >= len(s) || !s[i].CanInterface() {
		return nil, false
	}
	w, ok := s[i].Interface().(http.ResponseWriter)
	return w, ok
}

// carry copies headers from a wrapper that has its own.
func carry(dst, src http.Header) {
	if dst == nil || reflect.ValueOf(dst).Pointer() == reflect.ValueOf(src).Pointer() {
		return
	}
	for name, values := range src {
		dst[name] = values
	}
}

// Header is a copy of what net/http would send, which wrappers with a header of their own don't
// show.
func (s Stack) Header() http.Header {
	header := http.Header{}
	if len(s) == 0 {
		return header
	}
	f := s.field("handlerHeader")
	if !f.IsValid() || f.Type() != reflect.TypeFor[http.Header]() {
		return header
	}
	for names := f.MapRange(); names.Next(); {
		values := make([]string, names.Value().Len())
		for i := range values {
			values[i] = names.Value().Index(i).String()
		}
		header[names.Key().String()] = values
	}
	return header
}

// Behind finds net/http's writer from what Hijack returned, for wrappers that can't be followed,
// such as those made of closures. The way is bufio.Reader → connReader → conn → response.
func Behind(hijacked *bufio.ReadWriter) (s Stack) {
	defer func() {
		if recover() != nil {
			s = nil
		}
	}()
	conn := reflect.ValueOf(hijacked.Reader).Elem().FieldByName("rd").Elem().Elem().FieldByName("conn").Elem()
	// It is an atomic.Pointer[response]: its first field has the type, the last one the address.
	current := conn.FieldByName("curReq")
	kind := current.Type().Field(0).Type.Elem().Elem()
	response := reflect.NewAt(kind, current.FieldByName("v").UnsafePointer())
	if !isResponse(response) {
		return nil
	}
	return Stack{response}
}
