package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/backup"
	"github.com/madang-chat/madang/chat/control"
	"github.com/madang-chat/madang/chat/httpapi"
	"github.com/madang-chat/madang/chat/live"
	"github.com/madang-chat/madang/chat/media"
	"github.com/madang-chat/madang/chat/metrics"
	"github.com/madang-chat/madang/chat/sqlite"
	"github.com/madang-chat/madang/chat/web"
	"github.com/madang-chat/madang/internal/clientfiles"
	"github.com/madang-chat/madang/internal/clientip"
)

const (
	// telling is how long sockets have to hear that the program ends. A client that polls comes
	// back for it in a moment; one that has vanished never does.
	telling = time.Second
	// grace is how long requests have then to end: a phone that has sent half of something needs
	// it.
	grace = 5 * time.Second
	// drain is how long sockets have at last to take what was sent to them. What remains of ten
	// seconds is for the database.
	drain = 2 * time.Second

	headerTimeout = 10 * time.Second
	// idleTimeout is how long a browser may keep a connection that it has no use for: each counts
	// against its address, which many people may share, and one more costs little.
	idleTimeout = 30 * time.Second
	// proxyIdleTimeout is that of connections behind a proxy. They don't count, and a proxy must
	// not find one closed that it is about to use: it keeps them for a minute or so itself.
	proxyIdleTimeout = 2 * time.Minute
	// writeTimeout is for what the server says of requests that it can't read. Pages and sockets
	// have deadlines of their own.
	writeTimeout = 30 * time.Second
	// headerMost is what the head of a request may take. A line of seven bytes costs twenty times
	// that in memory, and a request may be held for long. A browser sends what it keeps of rooms
	// with a password, 120 bytes each for half a day: there is room for a hundred of them.
	headerMost = 16 << 10
)

// Main is the program: set its fields, Run it once, Close it. Close may be called from any
// goroutine after Run has returned.
type Main struct {
	Listen  string   // "host:port"; port 0 takes a free one, "" the usual one
	Data    string   // folder
	Hosts   []string // names that are served; none = all
	Origins []string // further origins that may use the server
	Proxies clientip.Trusted
	Limits  chat.Limits
	Log     *slog.Logger
	TLS     encryption
	// ListenHTTP is where visitors without TLS are sent to the site with it; "" = :80.
	ListenHTTP string
	// Durability is what acknowledged messages survive.
	Durability sqlite.Durability
	// Sockets of the service manager take the place of addresses; Main closes them.
	Sockets sockets
	Metrics string // "host:port" of /metrics; "" or "off" = none

	lock     folderLock
	store    *sqlite.Store
	files    *media.Files
	house    *chat.House
	door     *live.Door
	server   *http.Server
	listener net.Listener
	silent   silent
	underway underway
	control  *control.Server // nil = it couldn't be opened

	certificates  certificates // nil = plain HTTP
	plain         *http.Server // nil = none
	plainListener net.Listener // nil = none

	counted         *metrics.Metrics
	metrics         http.Handler // answers scrapes, whoever asks
	metricsServer   *http.Server // nil = none
	metricsListener net.Listener // nil = none

	serving sync.WaitGroup
	idle    context.CancelFunc // ends what gives memory back
	failed  chan error
	served  chan struct{} // closed when the listener is
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
	if err := m.Sockets.unused(); err != nil {
		return err
	}
	if err := m.open(ctx); err != nil {
		return advised(err, m.Data)
	}
	m.over = make(chan struct{})
	client, _ := clientfiles.FS()
	m.door = live.New(live.Options{House: m.house, AllowedOrigins: m.Origins, ClientFiles: client, Logger: m.Log,
		Observer: m.counted.Sockets()})
	handler, err := m.site()
	if err != nil {
		return err
	}
	if err := m.encrypt(ctx); err != nil {
		return err
	}
	m.server = &http.Server{
		Handler: atOnce(m.house.Limits(), m.Proxies, m.Log,
			behind(m.Proxies, m.Log, m.underway.counted(m.door.Server().Path(), handler))),
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       m.idleTimeout(),
		WriteTimeout:      writeTimeout,
		MaxHeaderBytes:    headerMost,
		ConnState:         m.silent.state,
		HTTP2:             connectionHTTP2,
		// Its answer would be the only one to a whole request that the site doesn't give.
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     serverLog(m.Log),
	}
	m.showMetrics()
	if n := descriptors(); n > 0 {
		m.Log.Info("files and connections that may be open", "most", n)
	}
	m.openControl()
	door := guarded(m.listener, m.house.Limits(), m.Proxies, m.Log, m.counted.Refused)
	m.failed = make(chan error, 2)
	var serving context.Context
	serving, m.idle = context.WithCancel(context.Background())
	m.serving.Go(func() { giveBack(serving) })
	m.serving.Go(func() { m.watchdog(serving) })
	serve := func() error { return m.server.Serve(door) }
	if m.certificates != nil {
		m.server.TLSConfig = tlsConfig(m.certificates)
		serve = func() error { return m.server.ServeTLS(door, "", "") }
		m.serving.Go(func() { m.certificates.keep(serving) })
		m.serving.Go(func() { watchExpiry(serving, m.certificates, m.Log) })
	}
	m.served = make(chan struct{})
	m.serving.Go(func() {
		defer close(m.served)
		if err := serve(); !m.ending.Load() {
			m.failed <- fmt.Errorf("serve: %w", err)
		}
	})
	return m.servePlain(handler)
}

func (m *Main) idleTimeout() time.Duration {
	if len(m.Proxies) > 0 {
		return proxyIdleTimeout
	}
	return idleTimeout
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
	m.house, err = chat.Open(ctx, chat.Options{Store: m.store, Files: files, Secret: secret, Logger: m.Log, Limits: m.Limits,
		Observer: m.counted.House()})
	if err != nil {
		return err
	}
	files.Limits = media.LimitsOf(m.house.Limits())
	return nil
}

// site is the handler of all requests.
func (m *Main) site() (http.Handler, error) {
	page, ok := web.FS()
	if !ok {
		m.Log.Warn("the page isn't built; `make run` builds it")
	}
	return httpapi.New(httpapi.Options{
		House:   m.house,
		Files:   m.files,
		Web:     page,
		Socket:  m.door,
		Hosts:   m.Hosts,
		Origins: m.Origins,
		Ready:   m.ready,
		Ending:  m.over,
		Logger:  m.Log,

		Observer: m.counted.Site(),
	})
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
	var errs []error
	switch {
	case m.plain != nil:
		m.plain.Close() // what it has to say is said at once
	case m.plainListener != nil:
		m.plainListener.Close()
	}
	switch {
	case m.server != nil:
		m.endSockets(ctx, m.endRequests(ctx))
	case m.listener != nil:
		m.listener.Close()
	}
	m.hideMetrics()
	m.serving.Wait()
	m.Sockets.close()
	errs = append(errs, m.closeControl(ctx))
	switch {
	case m.house != nil:
		errs = append(errs, m.house.Close())
	case m.store != nil:
		errs = append(errs, m.store.Close())
	}
	errs = append(errs, m.lock.Close())
	return errors.Join(errs...)
}
