package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/madang-chat/madang/chat"
)

const (
	settingsPath = "../../../docs/chat/settings.md"
	examplePath  = "../../../docs/chat/madang.yaml"
)

// settingsPage is docs/chat/settings.md as it is due.
func settingsPage(t *testing.T) string {
	var b strings.Builder
	b.WriteString(`# Settings

Nothing has to be set: ` + "`madang`" + ` alone serves. Each setting is a flag of ` + "`madang serve`" + `, a variable of the environment and a key of the
configuration file, [madang.yaml](madang.yaml) for example. A flag comes before a variable, a variable before the file. What may be repeated is
written with commas between in a variable, and as a list in the file; ` + "`limit`" + ` is a map there. Whichever of the three sets it sets all of it:
hosts on the command line replace those of the file.

The file is the one that ` + "`--config`" + ` or ` + "`MADANG_CONFIG`" + ` names, else ` + "`/etc/madang/madang.yaml`" + ` where that exists. Other commands read it too, for
` + "`data`" + ` and what else they share. A key that isn't here, or a value that can't be meant, is an error with its line: nothing starts with half of a
configuration.

` + "```sh" + `
madang config                  # what is in force, and where each value comes from
madang config --limits         # all limits too
madang config --json           # for programs
` + "```" + `

` + "`madang config`" + ` fails when the server wouldn't start with these settings. Ask it before a restart.

`)
	settings := settingsOf(grammar(t))
	for _, g := range groups {
		var rows strings.Builder
		for _, name := range g.flags {
			f := settings[name]
			if f == nil {
				continue
			}
			def := f.Default
			if def != "" {
				def = "`" + def + "`"
			}
			fmt.Fprintf(&rows, "| `--%s` | `%s` | %s | %s |\n", name, f.Envs[0], def, pageText(f))
		}
		if rows.Len() > 0 {
			fmt.Fprintf(&b, "## %s\n\n| flag, and key without `--` | variable | default | what |\n| --- | --- | --- | --- |\n%s\n", g.title, &rows)
		}
	}
	b.WriteString("The limits are on [a page of their own](limits.md).\n\nThis page is made from the flags: `UPDATE=1 go test -run TestSettingsPage ./chat/cmd/madang`.\n")
	return b.String()
}

// pageText is the help without the default, which has a column.
func pageText(f *kong.Flag) string {
	return strings.ReplaceAll(strings.ReplaceAll(f.Help, " ("+f.Default+")", ""), "|", `\|`)
}

func TestSettingsPage(t *testing.T) { golden(t, settingsPath, settingsPage(t)) }

// uncommented are the settings of a file whose signs are taken away from lines "#name: value" and
// what is further in below them; prose has one blank behind the sign.
func uncommented(t *testing.T, text string) []configKey {
	t.Helper()
	var live strings.Builder
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "#"); ok && !strings.HasPrefix(rest, " ") || strings.HasPrefix(line, "#  ") {
			line = rest
		}
		live.WriteString(line)
	}
	keys, err := parseConfig("the example", []byte(live.String()))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// What packages install is taken as it is, and with each of its lines.
func TestInstalledConfiguration(t *testing.T) {
	const path = "../../../deploy/madang.yaml"
	if code, out, errs := ran(t, "config", "--config", path); code != 0 || errs != "" {
		t.Errorf("%s%s", out, errs)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	settings := settingsOf(grammar(t))
	for _, k := range uncommented(t, string(text)) {
		if err := k.check(settings); err != nil {
			t.Errorf("line %d: %v", k.line, err)
		}
	}
}

// The example holds every setting, commented out, as it is without the file.
func TestExampleOfAConfiguration(t *testing.T) {
	text, err := os.ReadFile(examplePath)
	if err != nil {
		t.Fatal(err)
	}
	if code, out, errs := ran(t, "config", "--config", examplePath); code != 0 || strings.Contains(out, "madang.yaml:") || errs != "" {
		t.Errorf("the example sets something, or is wrong: %s%s", out, errs)
	}
	keys := uncommented(t, string(text))
	settings := settingsOf(grammar(t))
	var names []string
	for _, k := range keys {
		names = append(names, k.name)
		if err := k.check(settings); err != nil {
			t.Errorf("line %d: %v", k.line, err)
			continue
		}
		if f := settings[k.name]; f.Default != "" && k.value != f.Default {
			t.Errorf("line %d: %s is %s, its default %s", k.line, k.name, k.value, f.Default)
		}
		for _, i := range k.items {
			for _, l := range chat.AllLimits() {
				if l.Name == i.name && l.Default != i.value {
					t.Errorf("line %d: %s is %s, its default %s", i.line, i.name, i.value, l.Default)
				}
			}
		}
	}
	for name := range settings {
		if !slices.Contains(names, name) {
			t.Errorf("the example lacks %s", name)
		}
	}
}

// A variable sets a setting, for every command that has it. What a command is told once has none.
func TestVariablesAreOfSettings(t *testing.T) {
	app := grammar(t)
	settings := settingsOf(app)
	for _, command := range app.Leaves(false) {
		for _, f := range command.Flags {
			var want []string
			if setting := settings[f.Name]; setting != nil {
				want = setting.Envs
			}
			if !slices.Equal(f.Envs, want) || !slices.Equal(f.Tag.Envs, want) || settings[f.Name] != nil && len(want) != 1 {
				t.Errorf("%s --%s is set by %v, not by %v", command.FullPath(), f.Name, f.Envs, want)
			}
		}
	}
}
