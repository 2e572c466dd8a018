package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// npmPart is a package of npm whose code is in the page, or in the client that the server offers.
type npmPart struct {
	name    string
	version string
	license string
	sum     string // SHA-512, hex
	folder  string // where npm put it
}

// npmParts reads what npm installed: all that the page depends on, and what the official client
// with its msgpack form is made of.
func npmParts() ([]npmPart, error) {
	page, err := locked("chat/web", func(name string) bool { return true })
	if err != nil {
		return nil, err
	}
	client, err := locked(".", func(name string) bool { return name == "socket.io-msgpack-parser" || name == "notepack.io" })
	if err != nil {
		return nil, err
	}
	parts := append(page, client...)
	slices.SortFunc(parts, func(a, b npmPart) int { return strings.Compare(a.name, b.name) })
	return slices.CompactFunc(parts, func(a, b npmPart) bool { return a.name == b.name && a.version == b.version }), nil
}

// locked reads a package-lock.json: what serves more than the making, in chat/web; by name in the
// root, where all is for tests but the client.
func locked(folder string, wanted func(name string) bool) ([]npmPart, error) {
	data, err := os.ReadFile(filepath.Join(folder, "package-lock.json"))
	if err != nil {
		return nil, err
	}
	var lock struct {
		Packages map[string]struct {
			Version, Integrity, License string
			Dev                         bool
		}
	}
	if err := json.Unmarshal(data, &lock); err != nil {
		return nil, fmt.Errorf("%s/package-lock.json: %w", folder, err)
	}
	var parts []npmPart
	for path, p := range lock.Packages {
		_, name, ok := cutLast(path, "node_modules/")
		if !ok || folder != "." && p.Dev || !wanted(name) {
			continue
		}
		sum, ok := strings.CutPrefix(p.Integrity, "sha512-")
		raw, err := base64.StdEncoding.DecodeString(sum)
		if !ok || err != nil {
			return nil, fmt.Errorf("%s/package-lock.json: %s has the sum %q", folder, name, p.Integrity)
		}
		parts = append(parts, npmPart{name, p.Version, p.License, hex.EncodeToString(raw), filepath.Join(folder, path)})
	}
	if len(parts) == 0 {
		return nil, fmt.Errorf("%s/package-lock.json names nothing that is embedded", folder)
	}
	return parts, nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// writeSBOM writes what is inside of a program, as CycloneDX: the modules that Go wrote into it,
// and the packages of npm.
func writeSBOM(program, path string, v version, parts []npmPart) error {
	var stderr bytes.Buffer
	cmd := exec.Command("go", "tool", "cyclonedx-gomod", "bin", "-json", "-std", "-noserial", "-notimestamp",
		"-disable-html-escape", "-version", v.name, program)
	cmd.Stderr = &stderr
	data, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("cyclonedx-gomod: %w\n%s", err, &stderr)
	}
	// The modules of the repository, which replaces join, have the version of the program.
	for _, end := range []string{"/", "@"} {
		data = bytes.ReplaceAll(data, []byte("pkg:golang/.."+end), []byte("pkg:golang/"+repository+end))
	}
	data = bytes.ReplaceAll(data, []byte("@(devel)"), []byte("@"+v.name))
	var list map[string]any
	if err := json.Unmarshal(data, &list); err != nil {
		return fmt.Errorf("cyclonedx-gomod: %w", err)
	}
	components, ok := list["components"].([]any)
	if !ok {
		return errors.New("cyclonedx-gomod: no components")
	}
	for _, c := range components {
		c, ok := c.(map[string]any)
		if !ok {
			return fmt.Errorf("cyclonedx-gomod: the component %v", c)
		}
		if name, _ := c["name"].(string); strings.HasPrefix(name, "..") {
			c["name"], c["version"] = repository+strings.TrimPrefix(name, ".."), v.name
		}
	}
	// The sums of the tool differ by where it was built.
	list["metadata"].(map[string]any)["tools"] = []any{map[string]any{"vendor": "CycloneDX", "name": "cyclonedx-gomod"}}
	for _, p := range parts {
		id := "pkg:npm/" + strings.Replace(p.name, "@", "%40", 1) + "@" + p.version
		component := map[string]any{
			"type": "library", "bom-ref": id, "purl": id, "name": p.name, "version": p.version, "scope": "required",
			"hashes": []any{map[string]any{"alg": "SHA-512", "content": p.sum}},
		}
		if p.license != "" {
			component["licenses"] = []any{map[string]any{"license": map[string]any{"id": p.license}}}
		}
		components = append(components, component)
	}
	list["components"] = components
	data, err = json.MarshalIndent(list, "", "  ") // with sorted keys
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}
