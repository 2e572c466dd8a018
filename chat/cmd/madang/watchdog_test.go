package main

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
	"time"
)

// A store that answers lives, whatever it says; one that hangs doesn't.
func TestWatchdogAsksTheStore(t *testing.T) {
	dir := t.TempDir()
	m, _ := start(t, dir)
	if answered, err := m.probe(t.Context(), patience); !answered || err != nil {
		t.Errorf("a store that works: %v, %v", answered, err)
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, "chat.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	hold, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer hold.Close()
	if _, err := hold.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	if answered, err := m.probe(t.Context(), 200*time.Millisecond); answered {
		t.Errorf("a store that hangs answers: %v", err)
	}
	if _, err := hold.ExecContext(context.Background(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if answered, err := m.probe(t.Context(), patience); !answered || err != nil {
		t.Errorf("a store that works again: %v, %v", answered, err)
	}
	m.Close()
	if answered, err := m.probe(t.Context(), patience); !answered || err == nil {
		t.Errorf("a store that is closed: %v, %v", answered, err)
	}
}
