package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"reflect"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/alecthomas/kong"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/internal/near"
)

// configCommand shows what `serve` would do, in the same place and with the same flags.
type configCommand struct {
	serveCommand `embed:""`

	JSON   bool `help:"Write JSON, for programs."`
	Limits bool `help:"Show all limits, not only those that differ from their defaults."`
}

// effective is a setting, or a limit, as it is in force.
type effective struct {
	Name  string `json:"name"`
	Value any    `json:"value"` // a text, or a list of such
	From  string `json:"from"`  // "flag", "environment", "file" or "default"
	Where string `json:"where,omitzero"`
}

// Run shows the settings, and fails when the server would.
func (c configCommand) Run(k *kong.Context, file *configFile, s streams) error {
	settings, limits := c.effective(k, file)
	if c.JSON {
		out := json.NewEncoder(s.out)
		out.SetIndent("", "  ")
		out.SetEscapeHTML(false)
		if e := out.Encode(map[string]any{"file": file.path, "settings": settings, "limits": limits}); e != nil {
			return fmt.Errorf("write settings: %w", e)
		}
	} else if e := write(s.out, file.path, settings, limits); e != nil {
		return fmt.Errorf("write settings: %w", e)
	}
	for _, name := range misspelt(os.Environ(), k.Model) {
		fmt.Fprintf(s.err, "madang: nothing reads the variable %s\n", name)
	}
	if err := c.check(); err != nil || c.TLSCert == "" {
		return err
	}
	_, err := openPair(c.TLSCert, c.TLSKey, slog.New(slog.DiscardHandler))
	return err
}

// effective are the settings and the limits in the order of their declarations.
func (c configCommand) effective(k *kong.Context, file *configFile) (settings, limits []effective) {
	known := settingsOf(k.Model)
	var limit effective
	for _, f := range k.Selected().Flags {
		if known[f.Name] == nil {
			continue
		}
		e := effective{Name: f.Name, Value: shown(f.Target)}
		e.From, e.Where = origin(k, file, f)
		switch m := (Main{Listen: c.Listen, ListenHTTP: c.ListenHTTP, TLS: c.encryption()}); e.Name {
		case "listen": // whose default is that of the certificates
			e.Value = m.listenAddress()
		case "listen-http":
			e.Value = m.plainAddress()
		}
		if f.Value.IsMap() {
			limit = e
			continue
		}
		settings = append(settings, e)
	}
	set := map[string]string{}
	for name, value := range c.Limit {
		set[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	for _, l := range chat.AllLimits() {
		e := effective{Name: l.Name, Value: l.Default, From: "default"}
		if value, ok := set[l.Name]; ok {
			e.Value = value
			e.From, e.Where = limit.From, limit.Where
			if e.From == "file" {
				e.Where = file.where(file.find("limit").lineOf(l.Name))
			}
		} else if !c.Limits {
			continue
		}
		limits = append(limits, e)
	}
	return settings, limits
}

// origin tells where the value of a flag comes from.
func origin(k *kong.Context, file *configFile, f *kong.Flag) (from, where string) {
	for _, p := range k.Path {
		if p.Flag == f && !p.Resolved {
			return "flag", "--" + f.Name
		}
	}
	if name, set := variable(f); set {
		return "environment", name
	}
	if key := file.find(f.Name); key != nil {
		return "file", file.where(key.line)
	}
	return "default", ""
}

func (c *configFile) where(line int) string { return fmt.Sprintf("%s:%d", c.path, line) }

func (k *configKey) lineOf(item string) int {
	for _, i := range k.items {
		if i.name == item {
			return i.line
		}
	}
	return k.line
}

// shown is a value as text, or as a list.
func shown(v reflect.Value) any {
	if v.Kind() != reflect.Slice {
		return fmt.Sprint(v.Interface())
	}
	list := []string{}
	for i := range v.Len() {
		list = append(list, fmt.Sprint(v.Index(i).Interface()))
	}
	return list
}

// write is for people.
func write(out io.Writer, path string, settings, limits []effective) error {
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	if path != "" {
		fmt.Fprintf(table, "Configuration file: %s\n\n", path)
	}
	row := func(e effective) {
		text, ok := e.Value.(string)
		if list, isList := e.Value.([]string); isList {
			text, ok = strings.Join(list, ", "), true
		}
		if !ok || text == "" {
			text = "-"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", e.Name, printable(text), cmp.Or(e.Where, e.From))
	}
	for _, e := range settings {
		row(e)
	}
	if len(limits) > 0 {
		fmt.Fprint(table, "\nLimits\n")
		for _, e := range limits {
			row(e)
		}
	}
	return table.Flush()
}

// misspelt are variables that were meant for this program, with what was meant: others of that
// prefix are somebody else's, such as those that Kubernetes makes for a service of that name.
func misspelt(environ []string, app *kong.Application) (names []string) {
	var known []string
	visit := func(flags []*kong.Flag) {
		for _, f := range flags {
			known = append(known, f.Envs...)
		}
	}
	visit(app.Flags)
	for _, command := range app.Leaves(false) {
		visit(command.Flags)
	}
	for _, pair := range environ {
		name, _, _ := strings.Cut(pair, "=")
		rest, ours := strings.CutPrefix(name, "MADANG_")
		if !ours || slices.Contains(known, name) {
			continue
		}
		var rests []string
		for _, k := range known {
			rests = append(rests, strings.TrimPrefix(k, "MADANG_"))
		}
		if meant := near.Of(rest, rests); meant != "" {
			names = append(names, fmt.Sprintf(`%s, did you mean "MADANG_%s"?`, name, meant))
		}
	}
	return names
}
