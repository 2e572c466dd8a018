//go:build !linux

package main

import "log"

func main() { log.Fatal("runs on Linux only") }
