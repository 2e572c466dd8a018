package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image/gif"
	"io"
	"mime"
	"net/http"
	"os"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	maxFields   = 100 << 10 // bytes of a form or of JSON, as with Express
	maxText     = 2000      // characters of a line
	maxGIF      = 5 << 20   // bytes
	maxEnvelope = 64 << 10  // bytes of an upload beside the file
	maxBaseName = 50        // characters
)

// fields reads a form or JSON. When it can't, it has answered.
func (a *app) fields(w http.ResponseWriter, r *http.Request) (map[string]string, bool) {
	r.Body = http.MaxBytesReader(w, r.Body, maxFields)
	fields := map[string]string{}
	var err error
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "application/json" {
		var values map[string]any
		numbers := json.NewDecoder(r.Body)
		numbers.UseNumber()
		err = numbers.Decode(&values)
		for name, value := range values {
			switch value := value.(type) {
			case nil:
			case string:
				fields[name] = value
			case json.Number:
				fields[name] = value.String()
			default:
				err = errors.Join(err, fmt.Errorf("%s has to be text or a number", name))
			}
		}
	} else {
		err = r.ParseForm()
		if err == nil && kind == "multipart/form-data" {
			err = r.ParseMultipartForm(maxFields)
		}
		for name, values := range r.PostForm {
			fields[name] = values[0]
		}
	}
	if err != nil {
		a.fail(w, r, tooLargeOr(err, http.StatusBadRequest), fmt.Errorf("read the form: %w", err))
		return nil, false
	}
	return fields, true
}

func tooLargeOr(err error, status int) int {
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return http.StatusRequestEntityTooLarge
	}
	return status
}

// member finds a room in which the visitor may write and read. When there is none, it has answered.
func (a *app) member(w http.ResponseWriter, r *http.Request) (Room, bool) {
	room, found, err := a.store.room(r.PathValue("id"))
	if err == nil && !found {
		a.fail(w, r, http.StatusNotFound, sentence(noSuchRoom))
		return room, false
	}
	admitted := false
	if err == nil {
		admitted, err = a.store.admitted(room, a.visitor(r.Context()).ID)
	}
	if err != nil {
		a.fail(w, r, http.StatusInternalServerError, fmt.Errorf("find the room: %w", err))
		return room, false
	}
	if !admitted {
		a.fail(w, r, http.StatusForbidden, sentence(wrongPassword))
	}
	return room, admitted
}

// listChats lets a page catch up with what was said while it had no connection.
func (a *app) listChats(w http.ResponseWriter, r *http.Request) {
	room, ok := a.member(w, r)
	if !ok {
		return
	}
	chats, err := a.store.chats(room.ID)
	if err != nil {
		a.fail(w, r, http.StatusInternalServerError, fmt.Errorf("read the history: %w", err))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(chats)
}

func (a *app) postChat(w http.ResponseWriter, r *http.Request) {
	room, ok := a.member(w, r)
	if !ok {
		return
	}
	fields, ok := a.fields(w, r)
	if !ok {
		return
	}
	text := fields["chat"]
	if text == "" || utf8.RuneCountInString(text) > maxText {
		a.fail(w, r, http.StatusBadRequest, fmt.Errorf("a chat of 1 to %d characters is wanted", maxText))
		return
	}
	a.say(w, r, room, text, "")
}

// say stores a line, tells the room, and answers.
func (a *app) say(w http.ResponseWriter, r *http.Request, room Room, text, gif string) {
	line, err := a.store.addChat(room.ID, a.visitor(r.Context()).Color, text, gif)
	if err != nil {
		if gif != "" {
			a.gifs.Remove(gif)
		}
		a.fail(w, r, http.StatusInternalServerError, fmt.Errorf("store the chat: %w", err))
		return
	}
	said.Emit(a.chat.To(room.ID), line)
	w.Write([]byte("ok"))
}

// postGIF takes what is a GIF by its content, whatever its name says.
func (a *app) postGIF(w http.ResponseWriter, r *http.Request) {
	room, ok := a.member(w, r)
	if !ok {
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxGIF+maxEnvelope)
	file, header, err := r.FormFile("gif")
	if err != nil {
		a.fail(w, r, tooLargeOr(err, http.StatusBadRequest), fmt.Errorf("read the upload: %w", err))
		return
	}
	defer r.MultipartForm.RemoveAll()
	defer file.Close()
	if header.Size > maxGIF {
		a.fail(w, r, http.StatusRequestEntityTooLarge, fmt.Errorf("a GIF may have %d bytes", maxGIF))
		return
	}
	data, err := io.ReadAll(file)
	if err != nil {
		a.fail(w, r, http.StatusInternalServerError, fmt.Errorf("read the upload: %w", err))
		return
	}
	if _, err := gif.DecodeConfig(bytes.NewReader(data)); err != nil {
		a.fail(w, r, http.StatusUnsupportedMediaType, fmt.Errorf("the file is no GIF: %w", err))
		return
	}
	name, err := a.keepGIF(header.Filename, data)
	if err != nil {
		a.fail(w, r, http.StatusInternalServerError, fmt.Errorf("store the GIF: %w", err))
		return
	}
	a.say(w, r, room, "", name)
}

// keepGIF stores a file as base name, time and extension.
func (a *app) keepGIF(name string, data []byte) (string, error) {
	for at := time.Now().UnixMilli(); ; at++ {
		stored := baseName(name) + strconv.FormatInt(at, 10) + ".gif"
		file, err := a.gifs.OpenFile(stored, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		if errors.Is(err, os.ErrExist) {
			continue // the same name in the same millisecond
		}
		if err != nil {
			return "", err
		}
		_, err = file.Write(data)
		if err = errors.Join(err, file.Close()); err != nil {
			a.gifs.Remove(stored)
		}
		return stored, err
	}
}

// baseName is a file's name without folder and extension, of characters that need no escaping in
// an address or that a browser escapes by itself.
func baseName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.TrimSuffix(name, path.Ext(name))
	letters := []rune(strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) || c == '-' || c == '_' {
			return c
		}
		return -1
	}, name))
	return string(letters[:min(len(letters), maxBaseName)])
}

func (a *app) showGIF(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	file, err := a.gifs.Open(name)
	if err != nil {
		a.notFound(w, r)
		return
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		a.notFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "image/gif")
	w.Header().Set("Cache-Control", "private, max-age=31536000, immutable")
	http.ServeContent(w, r, name, info.ModTime(), file)
}
