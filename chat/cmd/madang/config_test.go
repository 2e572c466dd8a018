package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/madang-chat/madang/chat"
)

// ran is the program, run to its end.
func ran(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	ctx, end := context.WithTimeout(t.Context(), patience) // a server that starts ends
	defer end()
	code = run(ctx, args, &o, &e)
	return code, o.String(), e.String()
}

func configured(t *testing.T, yaml string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "madang.yaml")
	if err := os.WriteFile(path, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const someConfig = `# The chat of a school.
listen: :8010
data: /srv/chat
host: [chat.example.org, "other.example:8443"]
origin:
  - https://example.org
log: json
log-level: warn
limit:
  send-burst: 20
  upload: 2 MiB
`

// Where each setting comes from: a flag before a variable before the file before the default.
func TestConfigTellsWhereFrom(t *testing.T) {
	path := configured(t, someConfig)
	t.Setenv("MADANG_CONFIG", path)
	t.Setenv("MADANG_DATA", "/from/the/environment")
	t.Setenv("MADANG_LOG", "text")
	code, out, errs := ran(t, "config", "--log-level=debug", "--log=auto")
	want := strings.ReplaceAll(`Configuration file: FILE

listen            :8010                                    FILE:2
data              /from/the/environment                    MADANG_DATA
host              chat.example.org, other.example:8443     FILE:4
origin            https://example.org                      FILE:5
trusted-proxies   -                                        default
durability        full                                     default
log               auto                                     --log
log-level         debug                                    --log-level

Limits
upload            2 MiB                                    FILE:11
send-burst        20                                       FILE:10
`, "FILE", path)
	got := strings.Fields(out)
	for _, line := range strings.Split(want, "\n") {
		if !contains(got, strings.Fields(line)) {
			t.Errorf("no line %q in\n%s", line, out)
		}
	}
	if code != 0 || errs != "" {
		t.Errorf("exit code %d: %s", code, errs)
	}

	code, out, errs = ran(t, "config", "--json", "--limits", "--host=a.example", "--limit", "send-burst=7")
	var is struct {
		File             string
		Settings, Limits []effective
	}
	if err := json.Unmarshal([]byte(out), &is); err != nil || code != 0 || is.File != path {
		t.Fatalf("exit code %d, %v: %s%s", code, err, out, errs)
	}
	found := map[string]string{}
	for _, e := range append(is.Settings, is.Limits...) {
		found[e.Name] = fmt.Sprint(e.Value, " ", e.From, " ", e.Where)
	}
	for name, want := range map[string]string{
		"listen": ":8010 file " + path + ":2", "data": "/from/the/environment environment MADANG_DATA", "host": "[a.example] flag --host", "durability": "full default ",
		"send-burst": "7 flag --limit", "upload": "5MiB default ", "lockout": "10m default ",
	} {
		if found[name] != want {
			t.Errorf("%s is %q, want %q", name, found[name], want)
		}
	}
	if len(is.Limits) != len(chat.AllLimits()) {
		t.Errorf("%d limits", len(is.Limits))
	}
}

// contains tells whether some words stand together in a text.
func contains(text, words []string) bool {
	return strings.Contains(" "+strings.Join(text, " ")+" ", " "+strings.Join(words, " ")+" ") || len(words) == 0
}

// What is wrong with a configuration is one line, with the place.
func TestBrokenConfig(t *testing.T) {
	for yaml, want := range map[string]string{
		"lisen: x":                          `:1: there is no setting "lisen", did you mean "listen"?`,
		"\n\nelephant: x":                   `:3: there is no setting "elephant"`,
		"config: other.yaml":                `:1: there is no setting "config"`,
		"help: yes":                         `:1: there is no setting "help"`,
		"replace: true":                     `:1: there is no setting "replace"`,
		"limit: 3":                          `:1: limit is a map: each name with its value in a line of its own, further in`,
		"limit: [send-burst=3]":             `:1: limit is a map: each name with its value in a line of its own, further in`,
		"host: {a: b}":                      `:1: host is no map`,
		"data: {}":                          `:1: data is no map`,
		"data: [a, b]":                      `:1: data is no list`,
		"durability: none":                  `:1: durability: "none" is neither full nor normal`,
		"log: xml":                          `:1: log: "xml" is none of auto, text, json`,
		"log-level: 3":                      `:1: log-level: "3" is none of debug, info, warn, error`,
		"trusted-proxies: [10.0.0.1, x]":    `:1: trusted-proxies: trusted proxy "x" is neither an address nor a network`,
		"a: [1":                             `:1: sequence end token ']' not found`,
		"listen: a\nlisten: b":              `:2: mapping key "listen" already defined at [1:1]`,
		"limit:\n  send-brust: 3":           `:2: there is no limit "send-brust", did you mean "send-burst"?`,
		"limit:\n  lockout: 1h\n  sockets:": `:3: sockets has no value`,
		"limit:\n  upload: many":            `:2: limit upload: "many" is no size such as 500MB or 5MiB`,
		"limit:\n  sockets: {a: 1}":         `:2: sockets has no value`,
		"listen:":                           `:1: listen has no value: write one, or take the line out`,
		"listen: ~":                         `:1: listen has no value: write one, or take the line out`,
		"listen: *there":                    `:1: listen has no value: write one, or take the line out`,
		"host: [a.example, ~]":              `:1: an item of host has no value`,
		"- listen":                          `:1: write settings as "name: value", one a line`,
		"listen":                            `:1: write settings as "name: value", one a line`,
		"listen: :1\n---\ndata: x":          `:3: one document is enough`,
		"\tlisten: :1":                      `:1: tab character cannot use as a map key directly`,
	} {
		path := configured(t, yaml)
		for _, command := range []string{"config", "serve", "backup"} {
			args := []string{command, "--config", path}
			if command == "backup" {
				args = append(args, "nowhere")
			}
			if code, out, errs := ran(t, args...); code != 1 || out != "" || errs != "madang: "+path+want+"\n" {
				t.Errorf("%s of %q = %d: %s%s", command, yaml, code, out, errs)
			}
		}
	}
	for yaml, want := range map[string]string{
		`listen: "8005"`:  `madang: --listen: "8005" is no address such as :8005 or 127.0.0.1:8005`,
		`listen: ":80\n"`: `madang: --listen: ":80\n" is no address such as`, "metrics: :99999": `madang: --metrics: ":99999" is no address such as`, "origin: example.org": `madang: origin "example.org" is none`,
		"host: https://a": `madang: host "https://a" is no name`, "limit: {max-most: 5}": "madang: limit max-default: between",
		"host: |\n  a.example\n  b.example": `madang: host "a.example\nb.example" is no name`, `host: "a.example\n"`: `madang: host "a.example\n" is no name`,
	} {
		if code, out, errs := ran(t, "config", "--config", configured(t, yaml)); code != 1 || out == "" || !strings.HasPrefix(errs, want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("%q = %d: %s%s", yaml, code, out, errs)
		}
	}
	missing := filepath.Join(t.TempDir(), "none.yaml")
	for _, args := range [][]string{{"config", "--config", missing}, {"serve", "--config", missing}, {"config", "--config", filepath.Dir(missing)},
		{"config", "--config", configured(t, strings.Repeat("#", configMost+1))}} {
		if code, out, errs := ran(t, args...); code != 1 || out != "" || !strings.HasPrefix(errs, "madang: read the configuration: ") || strings.Count(errs, "\n") != 1 {
			t.Errorf("%v = %d: %s%s", args, code, out, errs)
		}
	}
}

// Files that say little, and odd ones that say something.
func TestOddConfig(t *testing.T) {
	for yaml, want := range map[string]string{
		"": "data ./data default", "# only a comment\n": "data ./data default", "---\nlisten: :1\n": "listen :1 FILE:2", "\ufefflisten: ':1'\r\ndata: \"a b\"\r\n": "data a b FILE:2",
		"limit: {}": "data ./data default", "limit: {send-burst: 9}": "send-burst 9 FILE:1", "host: []": "host - FILE:1", "host: a.example": "host a.example FILE:1",
		"trusted-proxies: 10.0.0.0/8,::1": "trusted-proxies 10.0.0.0/8, ::1/128 FILE:1", "data: |\n  /srv/chat\n": "data /srv/chat FILE:1", "data: 0123\n": "data 0123 FILE:1",
		"data: a,b": "data a,b FILE:1", "host: a.example,b.example": "host a.example, b.example FILE:1",
	} {
		path := configured(t, yaml)
		code, out, errs := ran(t, "config", "--config="+path)
		if code != 0 || errs != "" || !contains(strings.Fields(out), strings.Fields(strings.ReplaceAll(want, "FILE", path))) {
			t.Errorf("%q = %d, want %s: %s%s", yaml, code, want, out, errs)
		}
	}
}

// Files that are nested deep fail at once: they would take all memory.
func TestDeepConfig(t *testing.T) {
	for _, part := range []string{"[", "{a: ", "- ", "[{", "? ", "!!x ", "[[],"} {
		for _, before := range []string{"", "host: ", "host:\n  "} {
			path := configured(t, (before + strings.Repeat(part, configMost))[:configMost])
			code, out, errs := ran(t, "config", "--config="+path)
			if code != 1 || out != "" || !strings.HasPrefix(errs, "madang: "+path+":") || !strings.Contains(errs, "nested too deep") {
				t.Errorf("%q after %q = %d: %s%.300s", part, before, code, out, errs)
			}
		}
	}
	maps := ""
	for indent := range 300 {
		maps += strings.Repeat(" ", indent) + "a:\n"
	}
	for _, yaml := range []string{maps, strings.Repeat("k: ", configMost/3), strings.Repeat("]", 3000), strings.Repeat("*a ", 20000), strings.Repeat("&a ", 20000)} {
		if code, out, errs := ran(t, "config", "--config="+configured(t, yaml)); code != 1 || out != "" || strings.Count(errs, "\n") != 1 {
			t.Errorf("%.40q = %d: %s%.300s", yaml, code, out, errs)
		}
	}
}

// What a value has in it neither breaks the table nor reaches the terminal.
func TestConfigIsPrintable(t *testing.T) {
	code, out, errs := ran(t, "config", "--config="+configured(t, `data: "/srv/\x1b[2J\n\tchat"`))
	if code != 0 || errs != "" || !strings.Contains(out, "/srv/·[2J··chat") || strings.Contains(out, "\x1b") {
		t.Errorf("%d: %q%s", code, out, errs)
	}
	if code, _, errs = ran(t, "config", "--config=/none/\x1b[2J"); code != 1 || !strings.Contains(errs, "/none/·[2J") {
		t.Errorf("%d: %q", code, errs)
	}
}

// The file of the system is read when no other is named, and may be missing; a command that has no
// settings doesn't look at it.
func TestConfigOfTheSystem(t *testing.T) {
	was := systemConfig
	t.Cleanup(func() { systemConfig = was })
	systemConfig = configured(t, "data: /srv/chat\n")
	if code, out, _ := ran(t, "config"); code != 0 || !contains(strings.Fields(out), []string{"data", "/srv/chat", systemConfig + ":1"}) {
		t.Errorf("%d: %s", code, out)
	}
	systemConfig = configured(t, "nonsense")
	if code, _, errs := ran(t, "version"); code != 0 {
		t.Error(errs)
	}
	if code, _, errs := ran(t, "config", "--config", configured(t, "")); code != 0 {
		t.Error(errs)
	}
	systemConfig = filepath.Join(t.TempDir(), "none")
	if code, _, errs := ran(t, "config"); code != 0 {
		t.Error(errs)
	}
}

// A variable without a value is none.
func TestEmptyVariables(t *testing.T) {
	t.Setenv("MADANG_DATA", "")
	t.Setenv("MADANG_HOST", "")
	t.Setenv("OTHER", "")
	forgetEmpty()
	code, out, errs := ran(t, "config")
	if _, other := os.LookupEnv("OTHER"); code != 0 || !other || !contains(strings.Fields(out), []string{"data", "./data", "default"}) {
		t.Errorf("%d: %s%s", code, out, errs)
	}
}

func TestMisspeltVariables(t *testing.T) {
	t.Setenv("MADANG_LISTN", ":1")
	t.Setenv("MADANG_SERVICE_HOST", "10.0.0.1")
	t.Setenv("MADANG_PORT_8005_TCP", "tcp://10.0.0.1")
	code, _, errs := ran(t, "config")
	if code != 0 || errs != `madang: nothing reads the variable MADANG_LISTN, did you mean "MADANG_LISTEN"?`+"\n" {
		t.Errorf("%d: %s", code, errs)
	}
}

// What listens, and what would keep the server from it.
func TestConfigKnowsListeners(t *testing.T) {
	for _, c := range []struct{ args, site, plain, err string }{
		{"", ":8005", "-", ""},
		{"--listen-http=off", ":8005", "off", ""},
		{"--domain=chat.example.org", ":443", ":80", ""},
		{"--domain=chat.example.org --listen=:8443 --listen-http=:8080", ":8443", ":8080", ""},
		{"--domain=chat.example.org --listen-http=off", ":443", "off", ""},
		{"--listen-http=:80", ":8005", ":80", "--listen-http is for servers with certificates"},
	} {
		code, out, errs := ran(t, append([]string{"config", "--config=" + configured(t, "")}, strings.Fields(c.args)...)...)
		got := strings.Fields(out)
		if !contains(got, []string{"listen", c.site}) || !contains(got, []string{"listen-http", c.plain}) || (code != 0) != (c.err != "") || !strings.Contains(errs, c.err) {
			t.Errorf("%q = %d, want %+v:\n%s%s", c.args, code, c, out, errs)
		}
	}
}
