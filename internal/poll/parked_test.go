//go:build parked

package poll_test

func init() { eventLoop = false }
