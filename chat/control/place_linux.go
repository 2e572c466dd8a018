package control

import (
	"fmt"
	"os"
)

// byShortcut names the folder by a descriptor of it.
func byShortcut(dir string, f func(path string) error) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer folder.Close()
	short := fmt.Sprintf("/proc/self/fd/%d", folder.Fd())
	if _, err := os.Stat(short); err != nil { // /proc isn't mounted
		return byLink(dir, f)
	}
	return f(short + "/" + Socket)
}
