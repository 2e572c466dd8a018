package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/coreos/go-systemd/v22/daemon"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/backup"
	"github.com/madang-chat/madang/chat/control"
	"github.com/madang-chat/madang/chat/live"
	"github.com/madang-chat/madang/chat/media"
	"github.com/madang-chat/madang/chat/metrics"
	"github.com/madang-chat/madang/chat/sqlite"
	"github.com/madang-chat/madang/internal/clientip"
)

// Main is the program: set its fields, Run it once, Close it. Close may be called from any
// goroutine after Run has returned.
type Main struct {
	Listen  string   // "host:port"; port 0 takes a free one, "" the usual one
	Hosts   []string // names that are served; none = all
	Origins []string // further origins that may use the server
	Proxies clientip.Trusted
	TLS     encryption
	// ListenHTTP is where visitors without TLS are sent to the site with it; "" = :80.
	ListenHTTP string
	Metrics    string // "host:port" of /metrics; "" or "off" = none
	// Sockets of the service manager take the place of addresses; Main closes them.
	Sockets sockets

	Data string // folder
	// Durability is what acknowledged messages survive.
	Durability sqlite.Durability
	Limits     chat.Limits
	Terms      chat.Terms
	Log        *slog.Logger

	// The data, and what the chat knows.
	lock  folderLock
	store *sqlite.Store
	files *media.Files
	house *chat.House

	// Where visitors come in.
	site         endpoint
	door         *live.Door
	silent       silent
	underway     underway
	certificates certificates // nil = plain HTTP
	plain        endpoint     // for visitors without TLS; none without certificates

	// Where the operator looks in.
	control *control.Server // nil = it couldn't be opened
	counted *metrics.Metrics
	scrapes http.Handler // answers with what was counted, whoever asks
	metrics endpoint
	unshown error // why metrics have no address, where nobody asked for that one

	serving sync.WaitGroup     // what runs from serve to Close
	idle    context.CancelFunc // ends what works beside requests; nil = nothing is served yet
	served  chan struct{}      // closed when nobody is let in any more
	failed  chan error
	ending  atomic.Bool
	over    chan struct{} // closed when ending is set
}

// Run opens the data and serves it. It returns as soon as requests are accepted; when it fails,
// nothing is left open. The context is for the opening alone.
func (m *Main) Run(ctx context.Context) (err error) {
	defer func() {
		if err != nil {
			m.Close()
		}
	}()
	if err := m.TLS.check(); err != nil {
		return err
	}
	m.Hosts = slices.Concat(m.TLS.Domains, m.Hosts)
	// The address comes before the data: whoever takes both has everything to himself. Visitors
	// wait until the data is open.
	if err := m.listen(); err != nil {
		return err
	}
	if err := m.observe(); err != nil {
		return err
	}
	if err := m.open(ctx); err != nil {
		return advised(err, m.Data)
	}
	if err := m.build(); err != nil {
		return err
	}
	if err := m.encrypt(ctx); err != nil {
		return err
	}
	m.serve()
	return nil
}

// open locks the data folder and opens the House on it.
func (m *Main) open(ctx context.Context) (err error) {
	if err := openFolder(m.Data); err != nil {
		return err
	}
	if m.lock, err = lockFolder(m.Data); err != nil {
		return err
	}
	if err := backup.Unfinished(m.Data); err != nil {
		return err
	}
	secret, err := readSecret(filepath.Join(m.Data, backup.Secret))
	if err != nil {
		return err
	}
	database := filepath.Join(m.Data, backup.Database)
	if err := closeFiles(database); err != nil {
		return err
	}
	if m.store, err = sqlite.Open(ctx, database, sqlite.Options{Durability: m.Durability, Observer: m.counted.Store()}); err != nil {
		return err
	}
	if from, to := m.store.Upgraded(); from != to {
		m.Log.Info("the database was of an older version: it is upgraded, and stays beside it as it was",
			"from", from, "to", to, "before", fmt.Sprintf("%s.before-%d", database, from+1))
	}
	if m.store.Older() {
		m.Log.Warn("the database is older than it was: pages begin anew, images that it doesn't know are kept",
			"database", database)
	}
	files, err := media.Open(filepath.Join(m.Data, backup.Media))
	if err != nil {
		return err
	}
	if err := files.Check(); err != nil {
		return err
	}
	m.files = files
	m.house, err = chat.Open(ctx, chat.Options{Store: m.store, Files: files, Secret: secret, Logger: m.Log, Limits: m.Limits, Terms: m.Terms,
		Observer: m.counted.House()})
	if err != nil {
		return err
	}
	files.Limits = media.LimitsOf(m.house.Limits())
	return nil
}

// ready fails when nothing can be written, and while the program ends.
func (m *Main) ready(ctx context.Context) error {
	if m.ending.Load() {
		return errors.New("the server is ending")
	}
	return errors.Join(m.store.Write(ctx), m.files.Check())
}

// URL is where a browser finds the server.
func (m *Main) URL() string { return m.addresses()[0] }

// Failed tells of a server that has stopped by itself.
func (m *Main) Failed() <-chan error { return m.failed }

// Close ends the program: sockets are told, then there are no new connections, requests get their
// answers and then sockets what is due to them, and the data is closed. It takes ten seconds at
// most, and a moment where nobody is slow. A second call does nothing.
func (m *Main) Close() error {
	if m.ending.Swap(true) {
		return nil
	}
	if m.over != nil {
		close(m.over)
	}
	if m.failed != nil { // it has served
		notify(m.Log, daemon.SdNotifyStopping, status("Ending"))
	}
	ctx, cancel := context.WithTimeout(context.Background(), telling+grace+drain)
	defer cancel()
	m.tellRestart(ctx)
	if m.idle != nil {
		m.idle()
	}
	m.plain.close() // what it has to say is said at once
	if m.site.server != nil {
		m.endSockets(ctx, m.endRequests(ctx))
	}
	m.site.close()
	m.metrics.close()
	m.serving.Wait()
	m.Sockets.close()
	errs := []error{m.closeControl(ctx)}
	switch {
	case m.house != nil:
		errs = append(errs, m.house.Close())
	case m.store != nil:
		errs = append(errs, m.store.Close())
	}
	errs = append(errs, m.lock.Close())
	return errors.Join(errs...)
}
