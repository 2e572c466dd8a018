package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// nestedMost is deeper than any configuration goes. What the parser needs grows with the square of
// the depth.
const nestedMost = 8

// parseConfig reads YAML, of which settings need little: a map of names to values, lists and maps
// of such. Errors tell the line.
func parseConfig(path string, text []byte) ([]configKey, error) {
	tokens := lexer.Tokenize(strings.TrimPrefix(string(text), "\ufeff"))
	if line := tooDeep(tokens); line > 0 {
		return nil, fmt.Errorf("%s:%d: that is nested too deep: a setting is a value, a list or a map of such", path, line)
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
			return nil, fmt.Errorf("%s:%d: one document is enough", path, lineOf(doc.Body))
		}
		entries, ok := mapOf(doc.Body)
		if !ok {
			return nil, fmt.Errorf(`%s:%d: write settings as "name: value", one a line`, path, lineOf(doc.Body))
		}
		for _, entry := range entries {
			k, at, err := keyOf(entry)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", path, lineOf(at), err)
			}
			keys = append(keys, k)
		}
	}
	return keys, nil
}

// keyOf is the setting of an entry. An error is about the node at.
func keyOf(entry *ast.MappingValueNode) (k configKey, at ast.Node, err error) {
	k = configKey{name: scalarOf(entry.Key), line: lineOf(entry.Key)}
	var parts []string
	if values, ok := mapOf(entry.Value); ok {
		k.items = []configItem{}
		for _, v := range values {
			item := configItem{scalarOf(v.Key), scalarOf(v.Value), lineOf(v.Key)}
			if item.value == "" {
				return k, v.Key, fmt.Errorf("%s has no value", item.name)
			}
			k.items = append(k.items, item)
			parts = append(parts, escaped(item.name+"="+item.value))
		}
	} else if list, ok := entry.Value.(*ast.SequenceNode); ok {
		k.list = true
		for _, v := range list.Values {
			item := scalarOf(v)
			if item == "" {
				return k, v, fmt.Errorf("an item of %s has no value", k.name)
			}
			parts = append(parts, escaped(item))
		}
	} else if k.value = scalarOf(entry.Value); k.value == "" {
		return k, entry.Key, fmt.Errorf("%s has no value: write one, or take the line out", k.name)
	} else {
		return k, nil, nil
	}
	k.value = strings.Join(parts, ",")
	return k, nil, nil
}

func lineOf(n ast.Node) int { return n.GetToken().Position.Line }

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
