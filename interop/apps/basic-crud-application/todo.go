package main

import (
	"slices"
	"strconv"
	"sync"
	"unicode/utf8"

	"github.com/madang-chat/madang/socketio"
)

const maxTitle = 256

type todo struct {
	ID        string `json:"id"`
	Title     string `json:"title"`
	Completed bool   `json:"completed"`
}

// A draft is a todo as a client sends it.
type draft struct {
	ID        *string `json:"id"`
	Title     *string `json:"title"`
	Completed *bool   `json:"completed"`
}

// A fault is what is wrong with a field.
type fault struct {
	Message string   `json:"message"`
	Path    []string `json:"path"`
	Type    string   `json:"type"`
}

// check tells all faults of a draft, which has an id exactly when the todo exists.
func (d draft) check(exists bool) error {
	var faults []fault
	wrong := func(field, kind, text string) {
		faults = append(faults, fault{strconv.Quote(field) + " " + text, []string{field}, kind})
	}
	switch {
	case d.ID == nil && exists:
		wrong("id", "any.required", "is required")
	case d.ID != nil && !exists:
		wrong("id", "any.unknown", "is not allowed")
	}
	switch {
	case d.Title == nil:
		wrong("title", "any.required", "is required")
	case *d.Title == "":
		wrong("title", "string.empty", "is not allowed to be empty")
	case utf8.RuneCountInString(*d.Title) > maxTitle:
		wrong("title", "string.max", "length must be less than or equal to 256 characters long")
	}
	if d.Completed == nil {
		wrong("completed", "any.required", "is required")
	}
	if faults == nil {
		return nil
	}
	return &socketio.Error{Message: "invalid payload", Data: faults}
}

// A repository keeps todos in memory, in the order in which they were made.
type repository struct {
	mu    sync.Mutex
	todos []todo // guarded by mu
}

func (r *repository) all() []todo {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.todos)
}

func (r *repository) find(id string) (todo, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := r.index(id); i >= 0 {
		return r.todos[i], true
	}
	return todo{}, false
}

func (r *repository) add(t todo) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.todos = append(r.todos, t)
}

func (r *repository) replace(t todo) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := r.index(t.ID)
	if i >= 0 {
		r.todos[i] = t
	}
	return i >= 0
}

func (r *repository) remove(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := r.index(id)
	if i >= 0 {
		r.todos = slices.Delete(r.todos, i, i+1)
	}
	return i >= 0
}

// index needs mu.
func (r *repository) index(id string) int {
	return slices.IndexFunc(r.todos, func(t todo) bool { return t.ID == id })
}
