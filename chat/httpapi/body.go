package httpapi

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"

	"github.com/madang-chat/madang/chat"
)

const (
	jsonType      = "application/json"
	formType      = "application/x-www-form-urlencoded"
	multipartType = "multipart/form-data"
)

// bodyMost limits the body of everything but an upload: a byte of message text is up to six of JSON
// escapes, and the rest of a request is small.
func (s *site) bodyMost() int64 { return 6*int64(s.house.Limits().MessageBytes) + 16<<10 }

// request is a body that may come as JSON or as a form.
type request interface {
	form(url.Values) error
}

// readBody reads a JSON object or a form into q. Fields that q doesn't know are ignored.
func (s *site) readBody(w http.ResponseWriter, r *http.Request, q request) error {
	kind := contentType(r)
	if kind != jsonType && kind != formType {
		return chat.Fail(chat.BadRequest, "send JSON or a form")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.bodyMost()))
	if err != nil {
		return badBody(err)
	}
	if kind == formType {
		values, err := url.ParseQuery(string(body))
		if err != nil {
			return chat.Fail(chat.BadRequest, "the form can't be read")
		}
		return q.form(values)
	}
	if err := json.Unmarshal(body, q); err != nil {
		e := &chat.Error{Code: chat.BadRequest, Message: "the JSON can't be read"}
		if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			e.Field, e.Message = t.Field, "a field has the wrong type"
		}
		return e
	}
	return nil
}

func contentType(r *http.Request) string {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")) // "" when unreadable
	return kind
}

// badBody makes the visitor's error of a body that couldn't be read.
func badBody(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return chat.Fail(chat.TooLarge, "the request is too large")
	}
	if told, ok := errors.AsType[*chat.Error](err); ok {
		return told
	}
	return chat.Fail(chat.BadRequest, "the request ended early")
}
