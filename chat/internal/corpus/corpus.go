// Package corpus holds strings that look like markup, for the tests of every place that shows text.
// Tests in a browser read markup.json itself.
package corpus

import (
	_ "embed"
	"encoding/json"
)

//go:embed markup.json
var markup []byte

// Markup are the strings.
func Markup() []string {
	var all []string
	if err := json.Unmarshal(markup, &all); err != nil {
		panic(err)
	}
	return all
}
