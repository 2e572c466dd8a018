// Package routers holds no code: its tests put the server behind the routers, middlewares and
// servers that Go programs use, and drive it through each of them with the newest official client
// and with requests as browsers send them.
//
// It is a module of its own, so that nobody who uses the library gets what stands in its go.mod.
package routers
