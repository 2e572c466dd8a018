package main

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Settings come from the environment or from lines NAME=value in the file .env:
//
//	PORT           default 8005
//	DATA           the folder for the database and the GIFs, default ./data/gif-chat
//	COOKIE_SECRET  sessions are stored under a key made with it; default: made once, kept in DATA
//	NODE_ENV       production: error pages show no details
//	CLIENT         a folder to serve the official client from, such as node_modules/socket.io-client/dist

// loadEnv takes what the environment lacks from a file. No file is no error.
func loadEnv(name string) error {
	file, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the settings: %w", err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		key, value, found := strings.Cut(line, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if !found || key == "" {
			return fmt.Errorf("%s, line %d: NAME=value is wanted", name, n)
		}
		if quote := value[:min(1, len(value))]; len(value) > 1 && (quote == `"` || quote == "'") && strings.HasSuffix(value, quote) {
			value = value[1 : len(value)-1]
		}
		if _, set := os.LookupEnv(key); !set {
			os.Setenv(key, value)
		}
	}
	return lines.Err()
}

// cookieSecret is COOKIE_SECRET, or else one that is made once and kept among the data.
func cookieSecret(folder string) ([]byte, error) {
	if secret := os.Getenv("COOKIE_SECRET"); secret != "" {
		return []byte(secret), nil
	}
	name := filepath.Join(folder, "cookie-secret")
	secret, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		secret = []byte(rand.Text())
		err = os.WriteFile(name, secret, 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("keep the cookie secret: %w", err)
	}
	return secret, nil
}
