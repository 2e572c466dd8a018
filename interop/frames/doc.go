// Package frames holds the tests of our WebSocket against a client of another make: plain and
// compressed, in fragments, of all sizes.
package frames
