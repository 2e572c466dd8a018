package main

import "testing"

// With rooms in it the lobby is about them: they begin high on the screen, tell who is there and
// what was said last, and beside a room what is new.
func TestU12Rows(t *testing.T) { browse(t, "rows.mjs", serve(t, unlimited...)) }

// Bubbles have the width of the screen, groups are close, and what moves does so for a moment.
func TestU13Bubbles(t *testing.T) { browse(t, "bubbles.mjs", serve(t, unlimited...)) }

// Names stay on their lines, menus open by mouse, finger and key, and what is closed or full says
// so.
func TestU14PeopleAndMenus(t *testing.T) {
	browse(t, "people.mjs", serve(t, append([]string{"close-grace=1ms"}, unlimited...)...))
}

// One line says that the connection is lost or back, and nothing moves for it.
func TestU15OneLineOfReturn(t *testing.T) { browse(t, "return.mjs", serve(t, unlimited...)) }
