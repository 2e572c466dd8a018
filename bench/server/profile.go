package main

import (
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"syscall"
)

// profile writes what the program does until SIGTERM into the folder PROFILE, if there is one.
func profile() {
	dir := os.Getenv("PROFILE")
	if dir == "" {
		return
	}
	f, err := os.Create(filepath.Join(dir, "server-"+os.Getenv("NAME")+".pprof"))
	if err == nil {
		err = pprof.StartCPUProfile(f)
	}
	if err != nil {
		log.Fatal(err)
	}
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM)
	go func() {
		<-end
		pprof.StopCPUProfile()
		if err := f.Close(); err != nil {
			log.Fatal(err)
		}
		os.Exit(0)
	}()
}
