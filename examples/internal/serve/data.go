package serve

import (
	"os"
	"path/filepath"
)

// DataFolder is where an example keeps what it must not forget: the folder of the environment
// variable DATA, ./data/NAME if it isn't set. It isn't made here.
func DataFolder(name string) string {
	if folder := os.Getenv("DATA"); folder != "" {
		return folder
	}
	return filepath.Join("data", name)
}
