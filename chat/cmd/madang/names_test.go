package main

import "testing"

// Names are chosen, refused in words, and follow everywhere.
func TestNames(t *testing.T) { browse(t, "names.mjs", serve(t)) }
