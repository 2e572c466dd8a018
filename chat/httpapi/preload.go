package httpapi

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/madang-chat/madang/chat/wire"
)

// manifestFile is the build's list of its files, which isn't for visitors.
const manifestFile = "manifest.json"

// views are the sources that the page begins with, by what it shows.
var views = map[string]string{
	"lobby":  "src/lobby.tsx",
	"create": "src/lobby.tsx",
	"room":   "src/room.tsx",
	"gate":   "src/gate.tsx",
	"offer":  "src/offer.tsx",
	"link":   "src/linkpage.tsx",
	"error":  "src/error.tsx",
}

// manifest has a file of the build, and the keys of what it imports, by the source that it is of.
type manifest map[string]struct {
	File    string   `json:"file"`
	Imports []string `json:"imports"`
}

// readPreloads returns the links that let a browser fetch the script of a view and the texts of a
// language together with the script of every page, instead of after it, by view and language.
func readPreloads(web fs.FS, html string) (map[[2]string]string, error) {
	text, err := fs.ReadFile(web, manifestFile)
	if err != nil {
		return nil, err
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("%s: %w", manifestFile, err)
	}
	links := map[[2]string]string{}
	for view, source := range views {
		for _, lang := range wire.Langs {
			files, err := m.add(nil, "src/texts/"+lang+".ts")
			if err == nil {
				files, err = m.add(files, source)
			}
			if err != nil {
				return nil, err
			}
			var b strings.Builder
			for _, file := range files {
				if !strings.Contains(html, file) {
					fmt.Fprintf(&b, `<link rel="modulepreload" href="/%s">`, file)
				}
			}
			links[[2]string{view, lang}] = b.String()
		}
	}
	return links, nil
}

// add returns files with that of a source, and with all that it imports.
func (m manifest) add(files []string, source string) ([]string, error) {
	part, ok := m[source]
	if !ok {
		return nil, fmt.Errorf("%s has no %s", manifestFile, source)
	}
	if slices.Contains(files, part.File) {
		return files, nil
	}
	files = append(files, part.File)
	for _, source := range part.Imports {
		var err error
		if files, err = m.add(files, source); err != nil {
			return nil, err
		}
	}
	return files, nil
}
