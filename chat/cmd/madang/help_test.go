package main

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/alecthomas/kong"
)

// grammar is the program's command line.
func grammar(t *testing.T) *kong.Application {
	t.Helper()
	parser, err := kong.New(new(commands), kong.Name("madang"), variables(), helpful(), kong.Writers(io.Discard, io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	return parser.Model
}

// golden compares with a file, or writes it.
func golden(t *testing.T, path, want string) {
	t.Helper()
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s isn't what the program says: run UPDATE=1 go test -run %s ./chat/cmd/madang", path, t.Name())
	}
}

// All help is one file, so that a change of it is seen.
func TestHelp(t *testing.T) {
	t.Setenv("COLUMNS", "")
	var all bytes.Buffer
	pages := [][]string{{"--help"}}
	for _, command := range grammar(t).Leaves(true) {
		pages = append(pages, append(strings.Fields(strings.TrimSuffix(command.Path(), " <dir>")), "--help"))
	}
	for _, args := range pages {
		code, out, errs := ran(t, args...)
		if code != 0 || errs != "" {
			t.Errorf("%v = %d: %s", args, code, errs)
		}
		for line := range strings.Lines(out) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > helpMost {
				t.Errorf("%v: a line of %d: %s", args, n, line)
			}
		}
		if strings.Contains(out, "($MADANG_") {
			t.Errorf("%v tells variables again and again", args)
		}
		all.WriteString("$ madang " + strings.Join(args, " ") + "\n" + out + "\n")
	}
	golden(t, "testdata/help.txt", all.String())
}

func TestHelpAsACommand(t *testing.T) {
	for asked, same := range map[string]string{"help": "--help", "help serve": "serve --help", "help backup": "backup --help"} {
		_, want, _ := ran(t, strings.Fields(same)...)
		if code, out, errs := ran(t, strings.Fields(asked)...); code != 0 || out != want || errs != "" || out == "" {
			t.Errorf("%s = %d: %s%s", asked, code, out, errs)
		}
	}
}

// Each setting has its place among the others.
func TestEverySettingHasAGroup(t *testing.T) {
	for name, f := range settingsOf(grammar(t)) {
		if f.Group == nil {
			t.Errorf("--%s is in no group of help.go", name)
		}
	}
}
