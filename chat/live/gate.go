package live

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/cookie"
	"github.com/madang-chat/madang/chat/internal/trace"
	"github.com/madang-chat/madang/chat/wire"
	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/internal/clientip"
)

// gate is in front of the server: it turns handshakes away, what costs nothing first, and gives
// the others a visitor with a place.
func (d *Door) gate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !engineio.IsHandshake(r) {
			next.ServeHTTP(w, r)
			return
		}
		r, _ = trace.Begin(r)
		v := &visitor{Visitor: chat.Visitor{From: clientip.Network(r.RemoteAddr)}, lang: cookie.Language(r)}
		defer v.abandon() // however this request ends
		if err := d.welcome(r, v); err != nil {
			d.turnAway(w, r, v, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), visitorKey{}, v)))
	})
}

// welcome finds out who opens a connection, and fails when there is no place for it. Pages of other
// sites can have any number opened in the name of those who look at them, and take nothing of them.
func (d *Door) welcome(r *http.Request, v *visitor) (err error) {
	if err := d.checkOrigin(r); err != nil {
		return err
	}
	if err := d.house.LockedOut(v.Visitor); chat.CodeOf(err) == chat.Banned {
		return err // whoever it is
	} else if err != nil {
		// Who is known goes on, and nobody else takes a handshake of theirs.
		d.identify(r, v)
		if err := d.house.LockedOut(v.Visitor); err != nil {
			return err
		}
	}
	if err := d.house.Knock(v.From); err != nil {
		return err
	}
	var full error
	if v.place, full, err = d.places.enter(v.From); err != nil {
		return err
	}
	d.identify(r, v)
	if v.err != nil {
		return nil // the namespaces refuse it
	}
	if v.err, err = v.place.named(v.Visitor); err != nil {
		return err
	}
	if full != nil && !(ofAddress(full) && v.place.first()) {
		v.err = full
	}
	if d.house.Ended(v.Visitor) {
		v.err = chat.Fail(chat.Unauthorized, "the session has ended")
		return nil
	}
	return d.house.LockedOut(v.Visitor)
}

// identify looks the session up, once.
func (d *Door) identify(r *http.Request, v *visitor) {
	if v.ID != "" {
		return
	}
	v.err = chat.Fail(chat.Unauthorized, "no session")
	for _, token := range cookie.Sessions(r) {
		who, err := d.house.Visitor(r.Context(), token)
		if v.err = err; chat.CodeOf(err) != chat.Unauthorized {
			who.From = v.From
			v.Visitor = who
			break
		}
	}
}

// abandon leaves the place of a handshake that has opened nothing.
func (v *visitor) abandon() {
	if v.place != nil {
		v.place.abandon()
	}
}

// turnAway answers a handshake with the error, as the HTTP door does.
func (d *Door) turnAway(w http.ResponseWriter, r *http.Request, v *visitor, err error) {
	err = d.counted(v, err)
	if e, ok := errors.AsType[*chat.Error](err); ok && e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	}
	// Strings and numbers always encode.
	body, _ := json.Marshal(wire.ErrorOf(err, v.lang, trace.ID(r.Context())))
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(wire.Status(chat.CodeOf(err)))
	w.Write(body)
}

// counted remembers that a visitor was refused something. What it returns is the answer: the error,
// or that the visitor is locked out. All answers of this door pass here.
func (d *Door) counted(v *visitor, err error) error {
	if out := d.house.Refused(v.Visitor, err); out != nil {
		return out
	}
	return err
}

// keep gives the connection that a handshake has opened its visitor and the visitor's place.
func (d *Door) keep(ctx context.Context, r *http.Request) context.Context {
	v := r.Context().Value(visitorKey{}).(*visitor)
	ctx, end := context.WithCancel(trace.With(ctx, trace.ID(r.Context())))
	context.AfterFunc(ctx, v.place.leave)
	v.place.keep(end)
	return context.WithValue(ctx, visitorKey{}, v)
}
