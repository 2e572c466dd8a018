package main

import "testing"

// Names are chosen, refused in words, and follow everywhere.
func TestNames(t *testing.T) { browse(t, "names.mjs", serve(t)) }

// One person on two devices, with a tag, until nothing is left of either.
func TestS3Devices(t *testing.T) { browse(t, "devices.mjs", serve(t)) }
