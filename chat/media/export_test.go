package media

// Defaults are the limits that aren't set.
func Defaults() Limits { return Limits{}.withDefaults() }
