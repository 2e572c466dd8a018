package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/internal/near"
)

// systemConfig is read when no other file is named and it exists.
var systemConfig = "/etc/madang/madang.yaml"

// configMost is more than any configuration has. What the parser needs grows with the square of it.
const configMost = 64 << 10

// configFile is what a YAML file says: its keys are the flags of `serve`. It gives kong the values
// of those that neither the command line nor the environment has.
type configFile struct {
	path string // "" = there is none
	keys []configKey
}

// configKey is one of its settings. Of lists and maps, value is what the flag takes: their items
// with commas between.
type configKey struct {
	name, value string
	line        int
	list        bool
	items       []configItem // of a map
}

type configItem struct {
	name, value string
	line        int
}

// readConfig is for kong's hook that comes before values are looked for.
func readConfig(c *kong.Context, file *configFile) error {
	settings := settingsOf(c.Model)
	if !slices.ContainsFunc(c.Flags(), func(f *kong.Flag) bool { return settings[f.Name] != nil }) {
		return nil // this command has none of them
	}
	path, named := systemConfig, false
	for _, f := range c.Flags() {
		if name, _ := c.FlagValue(f).(string); f.Name == "config" && name != "" {
			path, named = name, true
		}
	}
	text, err := readSome(path, configMost)
	if errors.Is(err, os.ErrNotExist) && !named {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	file.path = path
	if file.keys, err = parseConfig(path, text); err != nil {
		return err
	}
	for _, k := range file.keys {
		if err := k.check(settings); err != nil {
			return fmt.Errorf("%s:%d: %w", path, k.line, err)
		}
		for _, i := range k.items {
			if err := new(chat.Limits).Set(i.name, i.value); err != nil {
				return fmt.Errorf("%s:%d: %w", path, i.line, err)
			}
		}
	}
	c.AddResolver(file)
	return nil
}

func readSome(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(text)) > most {
		err = fmt.Errorf("%s is longer than %d bytes", path, most)
	}
	return text, err
}

// settingsOf are the flags of `serve`, by their names.
func settingsOf(app *kong.Application) map[string]*kong.Flag {
	settings := map[string]*kong.Flag{}
	for _, command := range app.Children {
		for _, f := range command.Flags {
			if command.Name == "serve" {
				settings[f.Name] = f
			}
		}
	}
	return settings
}

// check refuses what no flag of that name takes.
func (k configKey) check(settings map[string]*kong.Flag) error {
	f := settings[k.name]
	if f == nil {
		names := make([]string, 0, len(settings))
		for name := range settings {
			names = append(names, name)
		}
		slices.Sort(names)
		return fmt.Errorf("there is no setting %q%s", k.name, near.Meant(k.name, names))
	}
	if isMap := f.Value.IsMap(); isMap != (k.items != nil) {
		if isMap {
			return fmt.Errorf("%s is a map: each name with its value in a line of its own, further in", k.name)
		}
		return fmt.Errorf("%s is no map", k.name)
	}
	if k.list && f.Target.Kind() != reflect.Slice {
		return fmt.Errorf("%s is no list", k.name)
	}
	scratch := reflect.New(f.Target.Type()).Elem()
	if err := f.Mapper.Decode(&kong.DecodeContext{Value: f.Value, Scan: kong.Scan().PushTyped(k.value, kong.FlagValueToken)}, scratch); err != nil {
		return fmt.Errorf("%s: %w", k.name, err)
	}
	if f.Enum != "" && !slices.Contains(strings.Split(f.Enum, ","), k.value) {
		return fmt.Errorf("%s: %q is none of %s", k.name, k.value, strings.ReplaceAll(f.Enum, ",", ", "))
	}
	return nil
}

// Validate implements kong.Resolver.
func (c *configFile) Validate(*kong.Application) error { return nil }

// Resolve implements kong.Resolver. The environment comes first.
func (c *configFile) Resolve(_ *kong.Context, _ *kong.Path, f *kong.Flag) (any, error) {
	if _, set := variable(f); set {
		return nil, nil
	}
	if k := c.find(f.Name); k != nil {
		return k.value, nil
	}
	return nil, nil
}

func (c *configFile) find(name string) *configKey {
	if i := slices.IndexFunc(c.keys, func(k configKey) bool { return k.name == name }); i >= 0 {
		return &c.keys[i]
	}
	return nil
}

// variables names one for each setting. Other flags have none: what is told once, such as
// --replace, isn't for an environment that stays.
func variables() kong.Option {
	return kong.OptionFunc(func(k *kong.Kong) error {
		if err := kong.DefaultEnvars("MADANG").Apply(k); err != nil {
			return err
		}
		return kong.PostBuild(func(k *kong.Kong) error {
			settings := settingsOf(k.Model)
			for _, command := range k.Model.Leaves(false) {
				for _, f := range command.Flags {
					if settings[f.Name] == nil {
						f.Envs, f.Value.Tag.Envs = nil, nil
					}
				}
			}
			return nil
		}).Apply(k)
	})
}

// variable is the environment variable that sets a flag.
func variable(f *kong.Flag) (name string, set bool) {
	for _, name := range f.Envs {
		if _, set := os.LookupEnv(name); set {
			return name, true
		}
	}
	return "", false
}
