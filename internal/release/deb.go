package main

import (
	"bytes"
	"crypto/md5"
	"fmt"
	"os"
	"path"
	"regexp"
	"strings"
	"time"
)

// deb writes a package for Debian and Ubuntu: the program, its units and a user for it.
func (t target) deb(name string, files []file, v version) error {
	placed, err := installed(files)
	if err != nil {
		return err
	}
	var sums strings.Builder
	size := 0
	for _, f := range placed {
		fmt.Fprintf(&sums, "%x  %s\n", md5.Sum(f.data), f.name)
		size += len(f.data)
	}
	control := []file{
		{name: "control", mode: 0o644, data: fmt.Appendf(nil, `Package: madang
Version: %s
Architecture: %s
Maintainer: The Madang authors <authors@madang.invalid>
Installed-Size: %d
Depends: adduser
Section: web
Priority: optional
Homepage: https://%s
Description: chat of your own
 Open a room, share its link, talk: without an account, in Korean or English.
 One program and one folder of data.
`, debVersion(v), debArch(t.arch), (size+1023)/1024, repository)},
		{name: "conffiles", mode: 0o644, data: []byte("/etc/madang/madang.yaml\n")},
		{name: "md5sums", mode: 0o644, data: []byte(sums.String())},
	}
	for _, script := range []string{"postinst", "prerm", "postrm"} {
		data, err := os.ReadFile("deploy/debian/" + script)
		if err != nil {
			return err
		}
		control = append(control, file{script, data, 0o755})
	}
	var b bytes.Buffer
	b.WriteString("!<arch>\n")
	archived(&b, "debian-binary", []byte("2.0\n"), v.date)
	for _, part := range []struct {
		name  string
		files []file
	}{{"control.tar.gz", control}, {"data.tar.gz", withFolders(placed)}} {
		for i := range part.files {
			part.files[i].name = "./" + part.files[i].name
		}
		data, err := tarball(part.files, v.date)
		if err != nil {
			return err
		}
		archived(&b, part.name, data, v.date)
	}
	return os.WriteFile(name, b.Bytes(), 0o644)
}

// installed are the files where Debian wants them.
func installed(files []file) ([]file, error) {
	var placed []file
	for _, f := range files {
		switch {
		case path.Dir(f.name) == "systemd":
			f.name = "usr/lib/systemd/system/" + path.Base(f.name)
			f.data = bytes.ReplaceAll(f.data, []byte("/usr/local/bin/"), []byte("/usr/bin/"))
		case f.mode == 0o755:
			f.name = "usr/bin/" + f.name
		case f.name == "madang.yaml":
			f.name = "etc/madang/" + f.name
		case f.name == "LICENSE":
			f.name = "usr/share/doc/madang/copyright"
		default:
			f.name = "usr/share/doc/madang/" + f.name
		}
		placed = append(placed, f)
	}
	return placed, nil
}

// withFolders puts each folder before what is in it.
func withFolders(files []file) (all []file) {
	seen := map[string]bool{".": true}
	for _, f := range files {
		var missing []file
		for dir := path.Dir(f.name); !seen[dir]; dir = path.Dir(dir) {
			seen[dir] = true
			missing = append([]file{{name: dir, mode: os.ModeDir | 0o755}}, missing...)
		}
		all = append(append(all, missing...), f)
	}
	return all
}

// archived appends a member in the form of ar.
func archived(b *bytes.Buffer, name string, data []byte, date time.Time) {
	fmt.Fprintf(b, "%-16s%-12d%-6d%-6d%-8o%-10d`\n", name, date.Unix(), 0, 0, 0o100644, len(data))
	b.Write(data)
	if len(data)%2 == 1 {
		b.WriteByte('\n')
	}
}

func debArch(arch string) string {
	if arch == "386" {
		return "i386"
	}
	return arch
}

var afterTag = regexp.MustCompile(`-(\d+)-g([0-9a-f]+)`)

// debVersion orders versions as git describe means them: v1.2.0-rc1 comes before v1.2.0, and
// v1.2.0-5-gabcdef after it. A commit that no tag precedes comes before all of them, and after
// those that are older: apt takes what seems older only when it is told so.
func debVersion(v version) string {
	described := strings.Replace(v.name, "-dirty", "+dirty", 1)
	version, ok := strings.CutPrefix(afterTag.ReplaceAllString(described, "+$1.g$2"), "v")
	if !ok {
		return "0~" + v.date.Format("20060102.150405") + "." + version
	}
	return strings.ReplaceAll(version, "-", "~")
}
