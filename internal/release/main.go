// Command release builds what a host downloads, into a folder: the program for each target, packed
// with what it needs to be run for years, a list of what is inside of each, and the sums of all.
//
//	go run ./internal/release -o release linux/amd64 windows/amd64
//
// Two builds of a commit by one version of Go are equal byte for byte, wherever they are made.
package main

import (
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("release: ")
	out := flag.String("o", "release", "folder; what is in it is removed")
	flag.Parse()
	if err := release(*out, flag.Args()); err != nil {
		log.Fatal(err)
	}
}

// release does all of it, from the root of the repository.
func release(out string, targets []string) error {
	if out, err := filepath.Abs(out); err != nil {
		return err
	} else if out == "/" || out == filepath.VolumeName(out) {
		return fmt.Errorf("won't empty %s", out)
	}
	v, err := readVersion()
	if err != nil {
		return err
	}
	parts, err := npmParts()
	if err != nil {
		return err
	}
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	for _, name := range targets {
		t, err := newTarget(name)
		if err != nil {
			return err
		}
		fmt.Println("build", t, v.name)
		if err := t.release(out, v, parts); err != nil {
			return fmt.Errorf("%s: %w", t, err)
		}
	}
	return writeSums(out)
}

// release builds, describes and packs the program for one target.
func (t target) release(out string, v version, parts []npmPart) error {
	program := filepath.Join(out, t.String(), t.program())
	if err := t.build(program, v); err != nil {
		return err
	}
	if err := writeSBOM(program, filepath.Join(out, "madang-"+t.String()+".cdx.json"), v, parts); err != nil {
		return err
	}
	files, err := t.files(program, parts)
	if err != nil {
		return err
	}
	if err := t.pack(out, files, v.date); err != nil {
		return err
	}
	if t.os != "linux" {
		return nil
	}
	if err := t.deb(filepath.Join(out, "madang-"+t.arch+".deb"), files, v); err != nil {
		return err
	}
	// What deploy/Dockerfile adds to the program: an empty folder for its data.
	image := filepath.Join(out, "image")
	return errors.Join(os.MkdirAll(image, 0o755), os.MkdirAll(filepath.Join(image, "data"), 0o700))
}

// version says which state of the repository is built.
type version struct {
	name   string // as git describes it
	commit string
	date   time.Time // of the commit, so that it is the same tomorrow
}

func readVersion() (v version, err error) {
	if v.name, err = output("git", "describe", "--tags", "--always", "--dirty"); err != nil {
		return v, err
	}
	if v.commit, err = output("git", "rev-parse", "HEAD"); err != nil {
		return v, err
	}
	date, err := output("git", "log", "-1", "--format=%cI")
	if err != nil {
		return v, err
	}
	v.date, err = time.Parse(time.RFC3339, date)
	v.date = v.date.UTC()
	return v, err
}

// output runs a command and returns what it prints, without the end of the line.
func output(name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Stderr = os.Stderr
	b, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", strings.Join(cmd.Args, " "), err)
	}
	return strings.TrimSpace(string(b)), nil
}

// writeSums writes SHA256SUMS, in the form of sha256sum, of the files that are downloaded.
func writeSums(out string) error {
	entries, err := os.ReadDir(out)
	if err != nil {
		return err
	}
	var sums strings.Builder
	for e := range slices.Values(entries) { // in order of names
		if e.IsDir() {
			continue
		}
		data, err := os.ReadFile(filepath.Join(out, e.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(data), e.Name())
	}
	return os.WriteFile(filepath.Join(out, "SHA256SUMS"), []byte(sums.String()), 0o644)
}
