// Notrun prints what the tests left out on this machine, and nothing when they ran whole.
// It is the last line of `make test`.
package main

import (
	"fmt"

	"github.com/madang-chat/madang/internal/nodetest"
)

var tests = map[nodetest.Tool]string{
	nodetest.Node:     "tests with official clients and in a browser (no Node)",
	nodetest.Packages: "tests with official clients and in a browser (no npm packages)",
	nodetest.Chromium: "tests in a browser (no Chromium)",
}

func main() {
	for _, tool := range nodetest.Missing() {
		fmt.Println("NOT RUN:", tests[tool])
	}
}
