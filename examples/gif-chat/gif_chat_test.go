package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestSessionStore: a new secret ends the sessions, and what has expired isn't found.
func TestSessionStore(t *testing.T) {
	db, err := openDatabase(filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	first, second := sessionStore{db, []byte("first")}, sessionStore{db, []byte("second")}
	find := func(s sessionStore, token, want string) {
		t.Helper()
		if data, found, err := s.Find(token); string(data) != want || found != (want != "") || err != nil {
			t.Errorf("Find(%s) = %q, %v, %v; want %q", token, data, found, err, want)
		}
	}
	for _, data := range []string{"old", "new"} {
		if err := first.Commit("token", []byte(data), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		find(first, "token", data)
	}
	find(second, "token", "")
	if err := first.Commit("late", []byte("x"), time.Now().Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	find(first, "late", "")
	var tokens int
	if err := db.QueryRow(`SELECT count(*) FROM session WHERE key LIKE '%token%'`).Scan(&tokens); err != nil || tokens > 0 {
		t.Errorf("%d tokens in clear, %v", tokens, err)
	}
	if err := first.Delete("token"); err != nil {
		t.Fatal(err)
	}
	find(first, "token", "")
}

func TestWithoutPassword(t *testing.T) {
	for address, want := range map[string]string{
		"/room/1":                    "/room/1",
		"/room/1?a=b%26":             "/room/1?a=b%26",
		"/room/1?password=secret":    "/room/1?password=%2A%2A%2A",
		"/room/1?%70assword=secret":  "/room/1?password=%2A%2A%2A",
		"/room/1?password=secret;1":  "/room/1?***",
		"/room/1?password=secret%zz": "/room/1?***",
	} {
		u, err := url.ParseRequestURI(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := withoutPassword(u); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}

func TestDetailsOfErrors(t *testing.T) {
	for _, production := range []bool{false, true} {
		a := &app{production: production}
		w := httptest.NewRecorder()
		a.fail(w, httptest.NewRequest("GET", "/", nil), http.StatusInternalServerError, errors.New("the disk is full"))
		if w.Code != 500 || strings.Contains(w.Body.String(), "the disk is full") == production {
			t.Errorf("production %v: %d\n%s", production, w.Code, w.Body)
		}
		w = httptest.NewRecorder()
		a.notFound(w, httptest.NewRequest("PUT", "/x?<y>", nil))
		if w.Code != 404 || !strings.Contains(w.Body.String(), "PUT /x?&lt;y&gt; 라우터가 없습니다.") {
			t.Errorf("production %v: %d\n%s", production, w.Code, w.Body)
		}
	}
}

// The pages load the client from where the server leads them.
func TestPolicyAdmitsTheClient(t *testing.T) {
	t.Setenv("CLIENT", "")
	a := &app{}
	w := httptest.NewRecorder()
	io := a.newServer()
	defer io.Close()
	headers(io).ServeHTTP(w, httptest.NewRequest("GET", "/socket.io/socket.io.js", nil))
	at, err := url.Parse(w.Header().Get("Location"))
	policy := w.Header().Get("Content-Security-Policy")
	if err != nil || at.Host == "" || !strings.Contains(policy, "script-src 'self' "+at.Scheme+"://"+at.Host+";") {
		t.Errorf("the client is at %v, the policy %q", at, policy)
	}
}
