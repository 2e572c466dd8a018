// Basic-crud-application is the server of the official example of that name.
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"log"
	"net/http"
	"os"

	"github.com/madang-chat/madang/socketio"
)

// An answer and a failure are the two forms of an ack.
type answer[T any] struct {
	Data T `json:"data"`
}

type failure struct {
	Error   string  `json:"error"`
	Details []fault `json:"errorDetails,omitempty"`
}

var (
	created = socketio.NewEvent[todo]("todo:created")
	updated = socketio.NewEvent[todo]("todo:updated")
	deleted = socketio.NewEvent[string]("todo:deleted")
)

var errNotFound = &socketio.Error{Message: "entity not found"}

func main() {
	io := socketio.New(socketio.Options{
		CORS: &socketio.CORS{Origins: []string{"http://localhost:4200"}},
		EncodeError: func(ctx context.Context, s *socketio.Socket, err error) any {
			var known *socketio.Error
			if !errors.As(err, &known) {
				return failure{Error: "an unknown error has occurred"}
			}
			if known.Code == socketio.CodeBadPayload { // a type that doesn't fit
				return failure{"invalid payload", []fault{{Message: known.Message}}}
			}
			details, _ := known.Data.([]fault)
			return failure{known.Message, details}
		},
	})
	ns := io.Of("/")
	var todos repository

	socketio.OnCall(ns, "todo:create", func(ctx context.Context, s *socketio.Socket, d draft) (answer[string], error) {
		if err := d.check(false); err != nil {
			return answer[string]{}, err
		}
		t := todo{rand.Text(), *d.Title, *d.Completed}
		todos.add(t)
		return answer[string]{t.ID}, created.Emit(s.Broadcast(), t)
	})

	socketio.OnCall(ns, "todo:read", func(ctx context.Context, s *socketio.Socket, id string) (answer[todo], error) {
		t, ok := todos.find(id)
		if !ok {
			return answer[todo]{}, errNotFound
		}
		return answer[todo]{t}, nil
	})

	socketio.On(ns, "todo:update", func(ctx context.Context, s *socketio.Socket, d draft) error {
		if err := d.check(true); err != nil {
			return err
		}
		t := todo{*d.ID, *d.Title, *d.Completed}
		if !todos.replace(t) {
			return errNotFound
		}
		return updated.Emit(s.Broadcast(), t)
	})

	socketio.On(ns, "todo:delete", func(ctx context.Context, s *socketio.Socket, id string) error {
		if !todos.remove(id) {
			return errNotFound
		}
		return deleted.Emit(s.Broadcast(), id)
	})

	socketio.OnCall(ns, "todo:list", func(ctx context.Context, s *socketio.Socket, _ socketio.None) (answer[[]todo], error) {
		return answer[[]todo]{todos.all()}, nil
	})

	http.Handle("/socket.io/", io)
	log.Fatal(http.ListenAndServe(":"+cmp.Or(os.Getenv("PORT"), "3000"), nil))
}
