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
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/internal/near"
)

// systemConfig is read when no other file is named and it exists.
var systemConfig = "/etc/madang/madang.yaml"

// configMost is more than any configuration has, and nestedMost deeper: what the parser needs grows
// with the square of either.
const (
	configMost = 64 << 10
	nestedMost = 8
)

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

// variables names one for each setting. Other flags have none: what is told once, such as --replace,
// isn't for an environment that stays.
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

// parseConfig reads YAML, of which settings need little: a map of names to values, lists and maps
// of such. Errors tell the line.
func parseConfig(path string, text []byte) ([]configKey, error) {
	at := func(line int, format string, args ...any) error {
		return fmt.Errorf("%s:%d: %s", path, line, fmt.Sprintf(format, args...))
	}
	tokens := lexer.Tokenize(strings.TrimPrefix(string(text), "\ufeff"))
	if line := tooDeep(tokens); line > 0 {
		return nil, at(line, "that is nested too deep: a setting is a value, a list or a map of such")
	}
	file, err := parser.Parse(tokens, 0)
	if err != nil {
		return nil, syntaxError(path, err)
	}
	var keys []configKey
	for i, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if i > 0 {
			return nil, at(doc.Body.GetToken().Position.Line, "one document is enough")
		}
		entries, ok := mapOf(doc.Body)
		if !ok {
			return nil, at(doc.Body.GetToken().Position.Line, `write settings as "name: value", one a line`)
		}
		for _, entry := range entries {
			k := configKey{name: scalarOf(entry.Key), line: entry.Key.GetToken().Position.Line}
			if values, ok := mapOf(entry.Value); ok {
				k.items = []configItem{}
				var pairs []string
				for _, v := range values {
					item := configItem{scalarOf(v.Key), scalarOf(v.Value), v.Key.GetToken().Position.Line}
					if item.value == "" {
						return nil, at(item.line, "%s has no value", item.name)
					}
					k.items = append(k.items, item)
					pairs = append(pairs, escaped(item.name+"="+item.value))
				}
				k.value = strings.Join(pairs, ",")
			} else if list, ok := entry.Value.(*ast.SequenceNode); ok {
				var items []string
				for _, v := range list.Values {
					item := scalarOf(v)
					if item == "" {
						return nil, at(v.GetToken().Position.Line, "an item of %s has no value", k.name)
					}
					items = append(items, escaped(item))
				}
				k.list, k.value = true, strings.Join(items, ",")
			} else if k.value = scalarOf(entry.Value); k.value == "" {
				return nil, at(k.line, "%s has no value: write one, or take the line out", k.name)
			}
			keys = append(keys, k)
		}
	}
	return keys, nil
}

// tooDeep is the line of the first token that more than nestedMost enclose; 0 = there is none. Maps
// that nest by indentation aren't counted: a file has no room for many.
func tooDeep(tokens token.Tokens) (line int) {
	open, begun := 0, 0
	for _, t := range tokens {
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			open++
		case token.SequenceEndType, token.MappingEndType:
			open--
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType, token.SequenceEntryType, token.MappingKeyType, token.TagType, token.AnchorType:
			begun++ // nothing has been said since
		default:
			begun = 0
		}
		if max(open, begun) > nestedMost {
			return t.Position.Line
		}
	}
	return 0
}

func mapOf(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// scalarOf is the text of a value, as it is written: 1.50 isn't 1.5, and 0123 no octal number. ""
// stands for none, and for what settings have no use for, such as references.
func scalarOf(n ast.Node) string {
	switch n := n.(type) {
	case *ast.NullNode, *ast.TagNode, *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode, *ast.MappingKeyNode:
		return ""
	case *ast.LiteralNode:
		return strings.TrimSpace(n.Value.Value)
	case ast.ScalarNode:
		return n.GetToken().Value
	}
	return ""
}

func escaped(item string) string { return strings.ReplaceAll(item, ",", `\,`) }

// syntaxError is one line of what the parser draws.
func syntaxError(path string, err error) error {
	e, ok := errors.AsType[interface {
		error
		GetMessage() string
		GetToken() *token.Token
	}](err)
	if !ok || e.GetToken() == nil {
		line, _, _ := strings.Cut(err.Error(), "\n")
		return fmt.Errorf("%s: %s", path, line)
	}
	return fmt.Errorf("%s:%d: %s", path, e.GetToken().Position.Line, e.GetMessage())
}
