package main

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
)

// sessionLife is how long a visitor is remembered.
const sessionLife = 30 * 24 * time.Hour

// A visitor is somebody with a session. The color is the name that all see; two visitors may have
// the same one, so rights belong to the id, which nobody sees.
type visitor struct {
	ID    string
	Color string // #rrggbb
}

func newSessions(db *sql.DB, secret []byte) *scs.SessionManager {
	m := scs.New()
	m.Store = sessionStore{db, secret}
	m.Lifetime = sessionLife
	m.Cookie.Name = "connect.sid"
	return m // the cookie is HttpOnly and SameSite=Lax by default
}

// withVisitor gives those who come for the first time a color, which is made of the id of their
// session, and an id.
func (a *app) withVisitor(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.visitor(r.Context()).ID == "" {
			token, _, err := a.sessions.Commit(r.Context())
			if err != nil {
				a.fail(w, r, http.StatusInternalServerError, fmt.Errorf("begin a session: %w", err))
				return
			}
			sum := sha256.Sum256([]byte(token))
			a.sessions.Put(r.Context(), "color", "#"+hex.EncodeToString(sum[:3]))
			a.sessions.Put(r.Context(), "id", rand.Text())
		}
		next.ServeHTTP(w, r)
	})
}

// visitor is whose session the context carries; the zero value when there is none.
func (a *app) visitor(ctx context.Context) visitor {
	return visitor{a.sessions.GetString(ctx, "id"), a.sessions.GetString(ctx, "color")}
}

// socketSession gives the sockets of a connection the session of the cookie that it came with. The
// session is only read: a socket lives longer than a request, and would write back what is old.
func (a *app) socketSession(ctx context.Context, r *http.Request) context.Context {
	token := ""
	if cookie, err := r.Cookie(a.sessions.Cookie.Name); err == nil {
		token = cookie.Value
	}
	loaded, err := a.sessions.Load(ctx, token)
	if err != nil {
		loaded, _ = a.sessions.Load(ctx, "") // no session: /chat will refuse
	}
	return loaded
}

// A sessionStore keeps sessions in the database, under a key made of token and secret: nobody can
// take a session over who reads the database, and a new secret ends them all.
type sessionStore struct {
	db     *sql.DB
	secret []byte
}

func (s sessionStore) key(token string) string {
	mac := hmac.New(sha256.New, s.secret)
	mac.Write([]byte(token))
	return hex.EncodeToString(mac.Sum(nil))
}

// Find is part of scs.Store.
func (s sessionStore) Find(token string) (data []byte, found bool, err error) {
	err = s.db.QueryRow(`SELECT data FROM session WHERE key = ? AND expires > ?`, s.key(token), time.Now().UnixMilli()).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return data, err == nil, err
}

// Commit is part of scs.Store. It also removes sessions that are over.
func (s sessionStore) Commit(token string, data []byte, expires time.Time) error {
	if _, err := s.db.Exec(`DELETE FROM session WHERE expires <= ?`, time.Now().UnixMilli()); err != nil {
		return err
	}
	_, err := s.db.Exec(`INSERT INTO session VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET data = excluded.data, expires = excluded.expires`,
		s.key(token), data, expires.UnixMilli())
	return err
}

// Delete is part of scs.Store.
func (s sessionStore) Delete(token string) error {
	_, err := s.db.Exec(`DELETE FROM session WHERE key = ?`, s.key(token))
	return err
}
