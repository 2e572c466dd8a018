// Package data keeps what an example must not forget: a folder, and in it a SQLite database.
//
// The functions are called once at the start; the *sql.DB may be used by any goroutine.
package data

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// Folder makes and returns the folder of the environment variable DATA, ./data/NAME if it isn't set.
func Folder(name string) (string, error) {
	folder := os.Getenv("DATA")
	if folder == "" {
		folder = filepath.Join("data", name)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", fmt.Errorf("make the data folder: %w", err)
	}
	return folder, nil
}

// Open opens the database app.db of a folder and executes the schema, which is run at every
// start (CREATE TABLE IF NOT EXISTS). Foreign keys are checked, times are yours to encode.
//
// It has one connection: SQLite writes one at a time anyhow, and nobody meets SQLITE_BUSY. So
// read all rows, or close them, before the next statement.
func Open(folder, schema string) (*sql.DB, error) {
	file := filepath.Join(folder, "app.db")
	settings := url.Values{"_pragma": {"journal_mode(WAL)", "busy_timeout(5000)", "foreign_keys(1)", "synchronous(NORMAL)"}}
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(file)+"?"+settings.Encode())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", file, err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(schema); err != nil {
		db.Close()
		return nil, fmt.Errorf("prepare %s: %w", file, err)
	}
	return db, nil
}
