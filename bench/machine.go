package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// machine tells what the figures were measured on, as far as the system says.
func machine() string {
	about := fmt.Sprintf("%s on %s, %d CPUs", runtime.Version(), runtime.GOOS, runtime.NumCPU())
	info, _ := os.ReadFile("/proc/cpuinfo")
	if _, rest, ok := strings.Cut(string(info), "model name\t: "); ok {
		model, _, _ := strings.Cut(rest, "\n")
		about += " (" + model + ")"
	}
	return about
}

// loadNow tells how busy the machine is before the measurement.
func loadNow() string {
	text, _ := os.ReadFile("/proc/loadavg")
	if average, _, ok := strings.Cut(string(text), " "); ok {
		return "a load of " + average + " before"
	}
	return "an unknown load"
}
