package apps

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"text/tabwriter"
)

// A source is a file, or a class of it.
type source struct {
	file, class string
}

// A count is how long a program is, in lines that aren't blank and no comment.
type count struct {
	all  int
	code int // without what names packages: package, import, const x = require("y")
}

func (c count) plus(d count) count { return count{c.all + d.all, c.code + d.code} }

// TestLength compares each port with Node's server of the example.
func TestLength(t *testing.T) {
	mono := monorepo(t)
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(name string, node, port count) {
		fmt.Fprintf(w, "%s\t%d\t%d\t%+d %%\t%d\t%d\t%+d %%\t\n", name,
			node.code, port.code, more(node.code, port.code), node.all, port.all, more(node.all, port.all))
	}
	fmt.Fprintln(w, "\tNode\tport\t\twith imports: Node\tport\t\t")
	var nodes, ports count
	for _, a := range all {
		node, port := a.nodeLength(t, mono), a.portLength(t)
		row(a.name, node, port)
		nodes, ports = nodes.plus(node), ports.plus(port)
		if port.code*10 > node.code*11 {
			t.Errorf("%s: %d lines, Node's server has %d", a.name, port.code, node.code)
		}
	}
	row("together", nodes, ports)
	w.Flush()
	t.Logf("lines that aren't blank and no comment\n%s", &table)
}

// more is how much longer a port is, in percent.
func more(node, port int) int { return (port - node) * 100 / node }

func (a app) nodeLength(t *testing.T, mono string) (c count) {
	for _, s := range a.source {
		text := read(t, filepath.Join(mono, "examples", a.name, s.file))
		if s.class != "" {
			text = regexp.MustCompile(`(?ms)^class ` + s.class + ` .*?^}$`).FindString(text)
			if text == "" {
				t.Fatalf("%s has no class %s", s.file, s.class)
			}
		}
		c.add(text)
	}
	return c
}

func (a app) portLength(t *testing.T) (c count) {
	files, _ := filepath.Glob(filepath.Join(a.name, "*.go"))
	if len(files) == 0 {
		t.Fatalf("no port of %s", a.name)
	}
	for _, file := range files {
		c.add(read(t, file))
	}
	return c
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What Go and JavaScript have in common, and what none of these programs has: a comment in the
// middle of a line that code follows, or a text that looks like the beginning of one.
var (
	blockComment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	lineComment  = regexp.MustCompile(`(?m)^\s*//.*$`)
	blank        = regexp.MustCompile(`(?m)^\s*\n`)
	naming       = regexp.MustCompile(`(?m)` + strings.Join([]string{
		`^package \w+\n`,
		`^import \([^)]*\)\n`,
		`^import \{[^}]*\} from .*\n`,
		`^import .*\n`,
		`^(const|let|var) [^=;]+ = require\([^)]*\)(\.\w+)?;?\n`,
	}, "|"))
)

// add counts the lines of a file.
func (c *count) add(text string) {
	text = blockComment.ReplaceAllString(text, "")
	text = lineComment.ReplaceAllString(text, "")
	text = blank.ReplaceAllString(strings.TrimSpace(text)+"\n", "")
	c.all += strings.Count(text, "\n")
	c.code += strings.Count(naming.ReplaceAllString(text, ""), "\n")
}

// The same program in both languages has the same length.
func TestCount(t *testing.T) {
	for name, text := range map[string]string{
		"Go": `// Package main.
package main

import (
	"fmt"

	"log"
)
import "os"

/* It does
   nothing. */
func main() {
	fmt.Print(1) // really
}
`,
		"JavaScript": `const fmt = require("fmt").Print;
const { a, b } = require('log')
import {
  c,
  d,
} from "node:os";
import os from "os";

// It does nothing.
function main() {

  fmt(1);
}`,
	} {
		var c count
		c.add(text)
		if want := (count{all: map[string]int{"Go": 9, "JavaScript": 10}[name], code: 3}); c != want {
			t.Errorf("%s: %+v, want %+v", name, c, want)
		}
	}
}
