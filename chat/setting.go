package chat

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/madang-chat/madang/chat/internal/near"
)

// Limit describes one of the [Limits].
type Limit struct {
	Name    string // as Set knows it and as [Error.Limit] tells it: "send-per-second"
	Default string
	Code    Code   // of the refusal; "" where nothing is refused, or by the rule's own code
	None    string // "-1" where that takes the limit away, else ""
	Doc     string
}

// AllLimits describes all limits, in their order.
func AllLimits() []Limit {
	var all []Limit
	for f := range reflect.TypeFor[Limits]().Fields() {
		all = append(all, Limit{Name: kebab(f.Name), Default: f.Tag.Get("default"),
			Code: Code(f.Tag.Get("code")), None: f.Tag.Get("none"), Doc: f.Tag.Get("doc")})
	}
	return all
}

// Set sets the limit with that name from text: a number, a span such as 90s, or a size such as
// 5MiB. It refuses what can't be meant; a negative value takes away the limits that may be.
func (l *Limits) Set(name, value string) error {
	v := reflect.ValueOf(l).Elem()
	for f := range v.Type().Fields() {
		if kebab(f.Name) != name {
			continue
		}
		field := reflect.New(f.Type).Elem()
		err := parseInto(field, value)
		if err == nil {
			err = meant(field, f.Tag.Get("none") != "")
		}
		if err != nil {
			return fmt.Errorf("limit %s: %w", name, err)
		}
		v.FieldByIndex(f.Index).Set(field)
		return nil
	}
	var names []string
	for _, limit := range AllLimits() {
		names = append(names, limit.Name)
	}
	return fmt.Errorf("there is no limit %q%s", name, near.Meant(name, names))
}

// Check refuses limits that contradict each other.
func (l Limits) Check() error {
	l = l.withDefaults()
	switch {
	case l.MaxLeast > l.MaxMost:
		return fmt.Errorf("limit max-least: at most max-most, which is %d", l.MaxMost)
	case l.MaxDefault < l.MaxLeast || l.MaxDefault > l.MaxMost:
		return fmt.Errorf("limit max-default: between max-least and max-most, which are %d and %d", l.MaxLeast, l.MaxMost)
	case l.Packet < 2*Bytes(l.MessageBytes):
		return fmt.Errorf("limit packet: at least twice message-bytes, which is %d, or long messages end their connections", l.MessageBytes)
	case l.ConnectTimeout < time.Second:
		return errors.New("limit connect-timeout: at least 1s, or nobody gets in")
	case l.ProofBits > proofBitsMost || l.ProofBitsMost > proofBitsMost:
		return fmt.Errorf("limit proof-bits: at most %d, or nobody gets in", proofBitsMost)
	case l.PasswordMin > l.PasswordMax:
		return errors.New("limit password-min: at most password-max")
	}
	return nil
}

func (l Limits) withDefaults() Limits {
	v := reflect.ValueOf(&l).Elem()
	for f := range v.Type().Fields() {
		if field := v.FieldByIndex(f.Index); field.IsZero() || f.Tag.Get("none") == "" && sign(field) < 0 {
			if err := parseInto(field, f.Tag.Get("default")); err != nil {
				panic(fmt.Errorf("default of %s: %w", f.Name, err))
			}
		}
	}
	return l
}

// meant refuses a value that makes no sense. Nought would be the default.
func meant(v reflect.Value, none bool) error {
	switch n := sign(v); {
	case n > 0, n < 0 && none:
		return nil
	case none:
		return errors.New("use -1 to take it away")
	}
	if _, whole := v.Interface().(int); whole {
		return errors.New("at least 1")
	}
	return errors.New("more than 0")
}

func sign(v reflect.Value) int {
	if v.CanFloat() {
		return cmp.Compare(v.Float(), 0)
	}
	return cmp.Compare(v.Int(), 0)
}

func parseInto(v reflect.Value, text string) error {
	switch p := v.Addr().Interface().(type) {
	case *int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is no whole number", text)
		}
		*p = n
	case *float64:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
			return fmt.Errorf("%q is no number", text)
		}
		*p = n
	case *time.Duration:
		d, err := time.ParseDuration(text)
		if err != nil {
			return fmt.Errorf("%q is no span such as 90s or 10m", text)
		}
		*p = d
	case *Bytes:
		return p.UnmarshalText([]byte(text))
	}
	return nil
}

// kebab makes "json-depth" of "JSONDepth".
func kebab(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		next := i+1 < len(runes) && unicode.IsLower(runes[i+1])
		if i > 0 && unicode.IsUpper(r) && (unicode.IsLower(runes[i-1]) || next) {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
