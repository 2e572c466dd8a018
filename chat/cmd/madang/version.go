package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
)

// What a release tells of itself, by the linker. Else the Go command knows it.
var released, commit, date string

// build is what the program is made of.
type build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit"`
	Date     string `json:"date"` // of the commit
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func buildOf(info *debug.BuildInfo) build {
	b := build{Version: released, Commit: commit, Date: date, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info != nil {
		vcs := map[string]string{}
		for _, s := range info.Settings {
			vcs[s.Key] = s.Value
		}
		b.Commit, b.Date = cmp.Or(b.Commit, vcs["vcs.revision"]), cmp.Or(b.Date, vcs["vcs.time"])
		if v := info.Main.Version; v != "(devel)" {
			b.Version = cmp.Or(b.Version, v)
		}
	}
	b.Version = cmp.Or(b.Version, b.Commit, "devel")
	return b
}

func version() string {
	info, _ := debug.ReadBuildInfo()
	return buildOf(info).Version
}

type versionCommand struct {
	JSON bool `help:"Write JSON, for programs."`
}

// Run tells what the program is made of.
func (c versionCommand) Run(s streams) error {
	info, _ := debug.ReadBuildInfo()
	b := buildOf(info)
	if c.JSON {
		return json.NewEncoder(s.out).Encode(b)
	}
	_, err := fmt.Fprintf(s.out, "madang %s\ncommit %s\ndate %s\n%s %s\n", b.Version, cmp.Or(b.Commit, "unknown"), cmp.Or(b.Date, "unknown"), b.Go, b.Platform)
	return err
}
