package httpapi

import (
	"net/http"
	"time"
)

// An Observer is told what the site does, for metrics. Its functions are called from many
// goroutines and must not block; a nil one isn't called. Health checks aren't told of, as a scrape
// makes one itself; sockets have an observer of their own.
type Observer struct {
	// Answered is told of a request. route is the pattern that it took, such as "GET /room/{id}";
	// "/" are the page's files and what doesn't exist, "" is what was refused before. status is
	// 499 where the client had gone, 0 where nothing was answered.
	Answered func(route string, status int, took time.Duration)
	// UploadRefused is told why an image wasn't taken. gone says that its sender was no longer
	// there.
	UploadRefused func(err error, gone bool)
}

func (o *Observer) answered(r *http.Request, status int, took time.Duration) {
	if o.Answered != nil {
		o.Answered(r.Pattern, status, took)
	}
}

func (o *Observer) uploadRefused(r *http.Request, err error) {
	if err != nil && o.UploadRefused != nil {
		o.UploadRefused(err, r.Context().Err() != nil)
	}
}
