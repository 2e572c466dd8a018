package main

import (
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// quotedCommand is a command in the text of a page, shellCommand one in a snippet.
var (
	quotedCommand = regexp.MustCompile("`(?:sudo -u madang )?madang ([^`]+)`")
	shellCommand  = regexp.MustCompile(`(?m)^(?:sudo -u madang )?madang ([^|>]+?)$`)
)

// The commands that the pages tell an operator to run are there, and take what stands behind them.
func TestCommandsOfTheHostingPage(t *testing.T) {
	for _, page := range []string{"hosting.md", "hosting.ko.md"} {
		text, err := os.ReadFile("../../../docs/chat/" + page)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, form := range []*regexp.Regexp{quotedCommand, shellCommand} {
			for _, m := range form.FindAllStringSubmatch(string(text), -1) {
				line, _, _ := strings.Cut(m[1], ">")
				line, _, _ = strings.Cut(line, "&&")
				args := strings.Fields(strings.NewReplacer("ADDRESS", "192.0.2.1", " ID", " 1").Replace(line))
				if last := args[len(args)-1]; last == "…" || args[0] == "--help" {
					continue
				}
				found++
				parser, err := kong.New(new(commands), kong.Name("madang"), helpful(), kong.Writers(io.Discard, io.Discard), kong.Exit(func(int) {}))
				if err != nil {
					t.Fatal(err)
				}
				if _, err := parser.Parse(args); err != nil {
					t.Errorf("%s: madang %s: %v", page, m[1], err)
				}
			}
		}
		if found < 15 {
			t.Errorf("%s: %d commands", page, found)
		}
	}
}
