package layer

import (
	"reflect"
	"strings"
)

// Wrote reports whether net/http has its header, so that a status handed to the outermost writer is
// the one that is sent.
func (s Stack) Wrote() (wrote, known bool) {
	if len(s) == 0 {
		return false, false
	}
	f := s.field("wroteHeader")
	if f.Kind() != reflect.Bool {
		return false, false
	}
	return f.Bool(), true
}

// Bare reports whether there is nothing but the writer of net/http, which has no status yet.
func (s Stack) Bare() bool {
	wrote, known := s.Wrote()
	return len(s) == 1 && known && !wrote
}

// Status is what net/http has been told to answer with, 0 when that is nothing yet or can't be
// seen.
func (s Stack) Status() int {
	if wrote, _ := s.Wrote(); !wrote {
		return 0
	}
	f := s.field("status")
	if f.Kind() != reflect.Int {
		return 0
	}
	return int(f.Int())
}

// Push hands a status on that a wrapper holds back, to the writer below it: so the hooks of all
// wrappers run, and each once. The wrapper that holds a status is the innermost that has it in a
// field: those below haven't heard of it.
func (s Stack) Push(status int) {
	for from := 0; ; from++ {
		if wrote, known := s.Wrote(); wrote || !known {
			return
		}
		holder := s.holder(status)
		if holder < from {
			return
		}
		from = holder
		next, ok := s.writer(holder + 1)
		if !ok {
			return
		}
		if top, ok := s.writer(0); ok {
			carry(next.Header(), top.Header())
		}
		next.WriteHeader(status)
	}
}

func (s Stack) holder(status int) int {
	for i := len(s) - 2; i >= 0; i-- {
		if holds(s[i], int64(status), 4) {
			return i
		}
	}
	return -1
}

// holds looks for a status in the fields of a struct and of those that it is made of. Others than
// those named so are looked at only where there is none: a middleware may count something in them
// from another goroutine.
func holds(v reflect.Value, status int64, depth int) bool {
	held, named := look(v, status, depth, true)
	if !named {
		held, _ = look(v, status, depth, false)
	}
	return held
}

func look(v reflect.Value, status int64, depth int, byName bool) (held, named bool) {
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct || depth == 0 || strings.HasPrefix(v.Type().PkgPath(), "sync") {
		return false, false
	}
	for i := range v.NumField() {
		f, t := v.Field(i), v.Type().Field(i)
		switch {
		case f.Kind() == reflect.Struct || f.Kind() == reflect.Pointer && t.Anonymous:
			h, n := look(f, status, depth-1, byName)
			held, named = held || h, named || n
		case byName && !tells(t.Name):
		case byName && f.CanInt(), f.Kind() == reflect.Int:
			held, named = held || f.Int() == status, true
		case byName && f.CanUint():
			held, named = held || f.Uint() == uint64(status), true
		}
	}
	return held, named
}

// tells reports whether a field's name says that it is a status.
func tells(name string) bool {
	name = strings.ToLower(name)
	return strings.Contains(name, "status") || strings.HasSuffix(name, "code")
}
