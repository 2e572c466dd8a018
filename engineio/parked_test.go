//go:build parked

package engineio_test

func init() { eventLoop = false }
