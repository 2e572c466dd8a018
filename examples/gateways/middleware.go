package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/madang-chat/madang/socketio"
)

// Limits in characters.
const (
	maxNickname = 20
	maxRoom     = 50
	maxMessage  = 1000
)

var exception = socketio.NewEvent[Exception]("exception")

// An Exception is how a NestJS client learns what went wrong.
type Exception struct {
	Status  string `json:"status"` // "error"
	Message string `json:"message"`
}

// exceptions is the exception filter: an error of a handler, or of a middleware inside, becomes the
// event exception. Only a *socketio.Error shows its text.
func exceptions(next socketio.Next) socketio.Next {
	return func(ctx context.Context, s *socketio.Socket, in socketio.Incoming) (any, error) {
		reply, err := next(ctx, s, in)
		if err == nil || errors.Is(err, socketio.ErrNoHandler) {
			return reply, err
		}
		text := "Internal server error"
		var known *socketio.Error
		if errors.As(err, &known) {
			text = known.Message
		}
		// This fails when the socket has gone: then there is nobody to tell.
		exception.Emit(s, Exception{"error", text})
		return reply, err
	}
}

// membersOnly is the guard: who isn't in a room may not write into it.
func membersOnly(next socketio.Next) socketio.Next {
	return func(ctx context.Context, s *socketio.Socket, in socketio.Incoming) (any, error) {
		if in.Name != roomSaid.Name() {
			return next(ctx, s, in)
		}
		var to struct {
			Room string `json:"room"`
		}
		if err := in.Args.Decode(0, &to); err != nil || !slices.Contains(s.Rooms(), inside(to.Room)) {
			return nil, &socketio.Error{Code: "forbidden", Message: "그 방에 있지 않습니다."}
		}
		return next(ctx, s, in)
	}
}

// valid is the validation pipe: the handler gets only payloads that keep their own rules.
func valid[T interface{ Validate() error }](handle func(context.Context, *socketio.Socket, T) error) func(context.Context, *socketio.Socket, T) error {
	return func(ctx context.Context, s *socketio.Socket, payload T) error {
		if err := payload.Validate(); err != nil {
			return err
		}
		return handle(ctx, s, payload)
	}
}

func limit(name, value string, most int) error {
	if strings.TrimSpace(value) == "" || utf8.RuneCountInString(value) > most {
		return &socketio.Error{Code: "bad_request", Message: fmt.Sprintf("%s: 1자에서 %d자까지", name, most)}
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
