package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// statsPause is between two looks, which tell what happens now.
const statsPause = time.Second

type statsCommand struct {
	running

	JSON  bool `name:"json" help:"Print JSON."`
	Watch bool `help:"Print it again and again, until interrupted."`
}

// Run prints what the running server counts.
func (c statsCommand) Run(ctx context.Context, s streams) error {
	before, err := c.look(ctx)
	if err != nil {
		return err
	}
	for {
		select {
		case <-time.After(statsPause):
		case <-ctx.Done():
			return c.interrupted(ctx)
		}
		now, err := c.look(ctx)
		if err != nil && ctx.Err() != nil {
			return c.interrupted(ctx)
		}
		if err != nil {
			return err
		}
		if err := c.print(s.out, statsOf(before, now)); err != nil {
			return err
		}
		if !c.Watch {
			return nil
		}
		before = now
	}
}

// interrupted is how watching ends; one look is cut short by it.
func (c statsCommand) interrupted(ctx context.Context) error {
	if c.Watch {
		return nil
	}
	return context.Cause(ctx)
}

// sight is a scrape with its time.
type sight struct {
	scrape
	at time.Time
}

func (c statsCommand) look(ctx context.Context) (sight, error) {
	body, err := c.client().Get(ctx, "/metrics")
	if err != nil {
		return sight{}, err
	}
	defer body.Close()
	all, err := readScrape(body)
	return sight{all, time.Now()}, err
}

func (c statsCommand) print(out io.Writer, st stats) error {
	if c.JSON {
		return json.NewEncoder(out).Encode(st)
	}
	if c.Watch && isTerminal(out) {
		io.WriteString(out, "\x1b[H\x1b[2J") // the next page takes the place of the last
	}
	_, err := fmt.Fprint(out, st.page(time.Local))
	return err
}

// stats are what the metrics say to a person. Totals are since the start of the server.
type stats struct {
	Version string    `json:"version"`
	Since   time.Time `json:"since"`
	At      time.Time `json:"at"`
	Ready   bool      `json:"ready"`

	Connections map[string]int64 `json:"connections"` // by transport
	People      int64            `json:"people"`
	Seats       int64            `json:"seats"`
	Rooms       int64            `json:"rooms"`
	ListedRooms int64            `json:"listedRooms"`
	Opened      int64            `json:"roomsOpened"`
	Closed      map[string]int64 `json:"roomsClosed"` // by reason

	Messages          map[string]int64 `json:"messages"` // by kind
	MessagesPerMinute float64          `json:"messagesPerMinute"`
	Duplicates        int64            `json:"duplicateSends"`
	AckP50            float64          `json:"ackSecondsP50"`
	AckP99            float64          `json:"ackSecondsP99"`
	Resumes           int64            `json:"resumes"`
	Resets            int64            `json:"resets"`

	Commits        int64            `json:"commits"`
	CommitP50      float64          `json:"commitSecondsP50"`
	CommitP99      float64          `json:"commitSecondsP99"`
	CommitFailures int64            `json:"commitFailures"`
	Queue          map[string]int64 `json:"writeQueue"`
	Refusals       map[string]int64 `json:"refusals"` // by limit
	LockedOut      map[string]int64 `json:"lockedOut"`
	Bans           int64            `json:"bans"`

	Uploads       int64            `json:"uploads"`
	UploadRejects map[string]int64 `json:"uploadRejects"` // by reason
	Uploading     int64            `json:"uploadsInProgress"`
	MediaBytes    int64            `json:"mediaBytes"`
	MediaLimit    int64            `json:"mediaLimitBytes,omitempty"` // 0 = none
	DiskFree      *int64           `json:"diskFreeBytes,omitempty"`   // nil = nobody knows
	Database      int64            `json:"databaseBytes"`
	WAL           int64            `json:"walBytes"`

	Memory           int64      `json:"memoryBytes"` // of the process, else of its heap
	Heap             int64      `json:"heapBytes"`
	Goroutines       int64      `json:"goroutines"`
	Descriptors      int64      `json:"openDescriptors,omitempty"`
	DescriptorsLimit int64      `json:"descriptorsLimit,omitempty"`
	Certificate      *time.Time `json:"certificateExpires,omitempty"` // nil = none
}

// statsOf tells what now says, and what has happened since before.
func statsOf(before, now sight) stats {
	whole := func(name string) int64 { return int64(now.sum(name)) }
	perMinute := max(0, now.sum("madang_messages_total")-before.sum("madang_messages_total")) / now.at.Sub(before.at).Minutes()
	st := stats{
		Version: now.label("madang_build_info", "version"),
		Since:   seconds(now.sum("madang_start_time_seconds")),
		At:      now.at.Truncate(time.Second),
		Ready:   whole("madang_ready") == 1,

		Connections: now.by("socketio_connections", "transport"),
		People:      whole("madang_people"),
		Seats:       whole("madang_seats"),
		Rooms:       whole("madang_rooms"),
		ListedRooms: whole("madang_listed_rooms"),
		Opened:      whole("madang_rooms_opened_total"),
		Closed:      now.by("madang_rooms_closed_total", "reason"),

		Messages:          now.by("madang_messages_total", "kind"),
		MessagesPerMinute: perMinute,
		Duplicates:        whole("madang_duplicate_sends_total"),
		AckP50:            now.quantile("madang_message_ack_seconds", .5),
		AckP99:            now.quantile("madang_message_ack_seconds", .99),
		Resumes:           whole("madang_resumes_total"),
		Resets:            whole("madang_resets_total"),

		Commits:        whole("madang_commit_seconds"),
		CommitP50:      now.quantile("madang_commit_seconds", .5),
		CommitP99:      now.quantile("madang_commit_seconds", .99),
		CommitFailures: whole("madang_commit_failures_total"),
		Queue:          now.by("madang_write_queue_changes", "queue"),
		Refusals:       now.by("madang_refusals_total", "limit"),
		LockedOut:      now.by("madang_locked_out", "who"),
		Bans:           whole("madang_bans"),

		Uploads:       whole("madang_uploads_total"),
		UploadRejects: now.by("madang_upload_rejects_total", "reason"),
		Uploading:     whole("madang_uploads_in_progress"),
		MediaBytes:    whole("madang_media_bytes"),
		MediaLimit:    whole("madang_media_limit_bytes"),
		Database:      whole("madang_database_bytes"),
		WAL:           whole("madang_wal_bytes"),

		Memory:           whole("process_resident_memory_bytes"),
		Heap:             whole("go_memstats_heap_inuse_bytes"),
		Goroutines:       whole("go_goroutines"),
		Descriptors:      whole("process_open_fds"),
		DescriptorsLimit: whole("process_max_fds"),
	}
	if now.has("madang_disk_free_bytes") {
		free := whole("madang_disk_free_bytes")
		st.DiskFree = &free
	}
	if now.has("madang_certificate_expiry_timestamp_seconds") {
		at := seconds(now.sum("madang_certificate_expiry_timestamp_seconds"))
		st.Certificate = &at
	}
	return st
}

// seconds is a time as metrics tell it.
func seconds(n float64) time.Time { return time.UnixMilli(int64(n * 1000)).UTC() }
