package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// groups are the settings of the server as its help and the page about them show them.
var groups = []struct {
	title string
	flags []string
}{
	{"Network", []string{"listen", "listen-http", "host", "origin", "trusted-proxies"}},
	{"Certificates", []string{"domain", "acme-email", "acme-ca", "tls-cert", "tls-key"}},
	{"Data", []string{"data", "durability"}},
	{"Rooms", []string{"room-life", "room-life-most", "history", "history-most"}},
	{"Limits", []string{"limit"}},
	{"Log and metrics", []string{"log", "log-level", "metrics"}},
	{"Output", []string{"json", "limits"}},
	{"Ban", []string{"for", "reason", "dry-run"}},
	{"General", []string{"config", "help"}},
}

// helpMost is how wide help is on a terminal that is wider.
const helpMost = 100

// helpful makes pages of the help: flags in groups, each in few words, and examples at the end.
func helpful() kong.Option {
	return kong.OptionFunc(func(k *kong.Kong) error {
		for _, o := range []kong.Option{
			kong.Help(printHelp),
			kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, WrapUpperBound: helpMost}),
			// The variables are told once, at the end.
			kong.ValueFormatter(func(v *kong.Value) string { return v.Help }),
			kong.AutoGroup(groupOf),
		} {
			if err := o.Apply(k); err != nil {
				return err
			}
		}
		return nil
	})
}

func groupOf(_ kong.Visitable, f *kong.Flag) *kong.Group {
	for _, g := range groups {
		if slices.Contains(g.flags, f.Name) {
			return &kong.Group{Key: g.title, Title: g.title + ":"}
		}
	}
	return nil
}

// exampled is a command that shows how to use it, a line each.
type exampled interface{ examples() string }

func printHelp(o kong.HelpOptions, c *kong.Context) error {
	if err := kong.DefaultHelpPrinter(o, c); err != nil {
		return err
	}
	text := allExamples
	if node := c.Selected(); node != nil {
		text = ""
		if e, ok := node.Target.Interface().(exampled); ok {
			text = e.examples()
		}
	}
	if text == "" {
		return nil
	}
	_, err := fmt.Fprint(c.Stdout, "\n", strings.TrimLeft(text, "\n"))
	return err
}

const allExamples = `
Examples:
  madang                                  serve http://localhost:8005, with the data in ./data
  madang --domain chat.example.org        serve https://chat.example.org, with a certificate
  madang config                           print the settings, and where each comes from
  madang backup backups/monday            copy the data while the server runs
  madang rooms                            list the rooms of the running server
  madang ban add 203.0.113.9 --for 24h    keep an address out
`

func (serveCommand) examples() string {
	return `
Every setting is a flag, a variable of the environment and a key of the configuration file:
--log-level is MADANG_LOG_LEVEL and log-level. What is given several times goes into a variable
with commas between. A flag comes before a variable, a variable before the file.

Examples:
  madang                                  serve http://localhost:8005, with the data in ./data
  madang --domain chat.example.org        serve https://chat.example.org, with a certificate
  madang --listen 127.0.0.1:8005 --trusted-proxies 127.0.0.1 --host chat.example.org
  madang --limit sockets-per-address=500 --limit creates-per-address=50
  MADANG_DATA=/var/lib/madang MADANG_LOG=json madang
`
}

func (configCommand) examples() string {
	return `
It takes every flag of "madang serve", and fails when the server wouldn't start with them.

Examples:
  madang config                           what is in force, and where it comes from
  madang config --limits                  all limits too
  madang config --config new.yaml && systemctl restart madang
`
}

func (backupCommand) examples() string {
	return `
Examples:
  madang backup --data /var/lib/madang /var/backups/madang/monday
  madang verify /var/backups/madang/monday
`
}

func (restoreCommand) examples() string {
	return `
Example:
  madang restore --data /var/lib/madang /var/backups/madang/monday
`
}

func (listRooms) examples() string {
	return `
A room is named by its id, by the first letters of it, or by its link.

Examples:
  madang rooms                            all rooms
  madang rooms show Ab3x                  who is in it, and where from
  madang rooms keep Ab3x                  it stays when it is empty
  madang rooms unlist Ab3x --off          back into the list
`
}

func (addBan) examples() string {
	return `
Examples:
  madang ban add 203.0.113.9 --dry-run    how many people a ban would hit
  madang ban add 203.0.113.9 --for 7d --reason "spam"
  madang ban add 01J9ZQ4T8H0R2M6W1XKC3V5B7D --for forever
`
}

func (exportCommand) examples() string {
	return `
The zip holds messages.jsonl, the folder media, and room.json.

Examples:
  madang export Ab3x                      a zip in this folder
  madang export https://chat.example.org/r/Ab3xyz01234567890abcde room.zip
  madang export Ab3x - | ssh backup "cat > room.zip"
`
}
