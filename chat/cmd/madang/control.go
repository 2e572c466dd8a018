package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/control"
	"github.com/madang-chat/madang/chat/wire"
)

// openControl opens the operator's door. Without it the server works, and nobody who isn't an
// operator notices.
func (m *Main) openControl() {
	routes := http.NewServeMux()
	routes.HandleFunc("GET /readyz", m.tellReady)
	m.operate(routes)
	routes.Handle("GET /metrics", m.scrapes)
	var err error
	if m.control, err = control.Serve(m.Data, version(), routes, m.Log); err != nil {
		m.Log.Warn("the commands that need a running server don't reach this one: healthcheck, rooms, ban, stats, export and import while it runs",
			"error", err)
	}
}

func (m *Main) closeControl(ctx context.Context) error {
	if m.control == nil {
		return nil
	}
	return m.control.Shutdown(ctx)
}

// tellReady is the public /readyz with the reason.
func (m *Main) tellReady(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeoutCause(r.Context(), 3*time.Second, errors.New("the disk takes too long"))
	defer cancel()
	if err := m.ready(ctx); err != nil {
		http.Error(w, "not ready: "+err.Error(), http.StatusServiceUnavailable)
		return
	}
	tell(w, struct{}{})
}

// tell answers a command.
func tell(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v) // fails when the command has gone
}

// refuse answers a command that can't be carried out.
func refuse(w http.ResponseWriter, err error) {
	http.Error(w, err.Error(), wire.Status(chat.CodeOf(err)))
}

// told reads what a command says. A field that isn't known is one of a newer program, and may mean
// much.
func told(r *http.Request, v any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return &chat.Error{Code: chat.BadRequest, Message: "the running server doesn't understand the command", Err: err}
	}
	return nil
}

// running is the part of the commands for which a server has to run.
type running struct {
	Data string `default:"./data" placeholder:"FOLDER" help:"Folder of the data of the running server (${default})."`
}

func (r running) client() *control.Client { return control.NewClient(r.Data) }
