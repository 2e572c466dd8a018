package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

var licenseName = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents)([.-].*)?$`)

// licenses is the text that has to go with the program: the licenses of all that is compiled or
// embedded into it.
func (t target) licenses(parts []npmPart) ([]byte, error) {
	folders, err := t.modules()
	if err != nil {
		return nil, err
	}
	for _, p := range parts {
		folders[p.name+" "+p.version+" (npm)"] = p.folder
	}
	root, err := output("go", "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	folders["Go, its standard library"] = root
	var b bytes.Buffer
	fmt.Fprintln(&b, "Madang is made of its own code (LICENSE) and of what follows.")
	for _, name := range slices.Sorted(maps.Keys(folders)) {
		text, err := licenseOf(folders[name])
		if err != nil {
			return nil, fmt.Errorf("license of %s: %w", name, err)
		}
		fmt.Fprintf(&b, "\n%s\n%s\n\n%s\n", strings.Repeat("=", 80), name, text)
	}
	return b.Bytes(), nil
}

// modules are the folders of the modules of others that the program is compiled from.
func (t target) modules() (map[string]string, error) {
	cmd := t.command("list", "-deps", "-json=Module", "./cmd/madang")
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	folders := map[string]string{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			Module *struct{ Path, Version, Dir string }
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return folders, nil
		} else if err != nil {
			return nil, err
		}
		if m := p.Module; m != nil && !strings.HasPrefix(m.Path, repository) {
			folders[m.Path+" "+m.Version] = m.Dir
		}
	}
}

// licenseOf is the text of the licenses in a folder, which has one at least.
func licenseOf(folder string) (string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return "", err
	}
	var texts []string
	for _, e := range entries {
		if !e.Type().IsRegular() || !licenseName.MatchString(e.Name()) {
			continue
		}
		data, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return "", err
		}
		texts = append(texts, strings.TrimSpace(strings.ReplaceAll(string(data), "\r\n", "\n")))
	}
	if len(texts) == 0 {
		return "", fmt.Errorf("none in %s", folder)
	}
	return strings.Join(texts, "\n\n"), nil
}
