package main

import (
	"encoding/json"
	"errors"
	"log"
	"mime"
	"net/http"

	"github.com/madang-chat/madang/socketio"
)

// maxBody is the size of a request in bytes. A line with its escapes has less than a tenth of it.
const maxBody = 16 << 10

// chats is the REST API: GET lists, POST stores. Pages of the client's origin may use it from their
// scripts, and no other foreign page may post.
func chats(board *Board, client string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /chats", func(w http.ResponseWriter, r *http.Request) {
		answer(w, http.StatusOK, board.List())
	})
	mux.HandleFunc("POST /chats", func(w http.ResponseWriter, r *http.Request) {
		line, status, err := readLine(w, r)
		if err != nil {
			refuse(w, status, err.Error())
			return
		}
		chat, err := board.Post(r.Context(), line)
		var bad *socketio.Error
		switch {
		case errors.As(err, &bad):
			refuse(w, http.StatusBadRequest, bad.Message)
		case err != nil:
			log.Print(err)
			refuse(w, http.StatusInternalServerError, "internal error")
		default:
			answer(w, http.StatusCreated, chat)
		}
	})
	mux.HandleFunc("OPTIONS /chats", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Methods", "GET, POST")
		w.Header().Set("Access-Control-Allow-Headers", "Content-Type")
		w.WriteHeader(http.StatusNoContent)
	})

	posts := http.NewCrossOriginProtection()
	if err := posts.AddTrustedOrigin(client); err != nil {
		log.Fatalf("CLIENT_ORIGIN: %v", err)
	}
	inner := posts.Handler(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", client) // this one, whoever asks
		w.Header().Set("Vary", "Origin")
		inner.ServeHTTP(w, r)
	})
}

// readLine reads a line from JSON or from a form, and returns the status for what it can't read.
func readLine(w http.ResponseWriter, r *http.Request) (Line, int, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	var line Line
	var err error
	switch kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind {
	case "application/json":
		err = json.NewDecoder(r.Body).Decode(&line)
	case "application/x-www-form-urlencoded":
		err = r.ParseForm()
		line = Line{Nickname: r.PostForm.Get("nickname"), Message: r.PostForm.Get("message")}
	default:
		return line, http.StatusUnsupportedMediaType, errors.New("send application/json or application/x-www-form-urlencoded")
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return line, http.StatusRequestEntityTooLarge, errors.New("the request is too large")
	case err != nil:
		return line, http.StatusBadRequest, errors.New("the request can't be read")
	}
	return line, http.StatusOK, nil
}

func refuse(w http.ResponseWriter, status int, message string) {
	answer(w, status, map[string]string{"message": message})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}
