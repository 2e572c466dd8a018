package main

import "context"

// An order is what a run was asked for.
type order struct {
	peers  string // names, separated by commas
	only   string // workloads, or buses; "" = all of the kind
	rounds int
	s      settings
	tmp    string // takes what is built
}

// A kind is something that can be measured.
type kind struct {
	name  string // and the flag
	about string
	peers string // unless others are asked for
	only  string
	kept  bool // can be recorded
	run   func(context.Context, order) (r *report, failed int, err error)
}

var kinds = []kind{
	{
		name: "servers", kept: true, run: runServers,
		peers: "madang,node,bun,socketioxide,limit,limit-batch,net/http",
		only:  "idle,heartbeat,connects,echo-1,echo-32,broadcast-1,broadcast-8,broadcast-64,rooms,binary,polling",
	},
	{
		name: "growth", about: "what more clients cost", kept: true, run: runServers, peers: "madang",
		only: "idle-1000,idle,idle-19000,room-of-one,visits,visits-beside-100000-rooms,broadcast-8-to-100,broadcast-8,broadcast-8-to-5000,broadcast-8-to-19000",
	},
	{
		name: "settings", about: "what settings of the runtime do", kept: true, run: runServers, only: "idle,echo-1,echo-32,broadcast-8",
		peers: "madang,madang@GOGC=50,madang@GOGC=400,madang-wide",
	},
	{name: "chat", about: "the chat over the wire; peers are its ways to keep messages, --durability", kept: true, run: runChat, peers: "full,normal"},
	{name: "cluster", about: "servers that are one; -only takes buses", run: runCluster, peers: "madang,node"},
	{name: "page", about: "how soon the chat's page is there; peers are programs of the chat", kept: true, run: runPages, peers: "madang"},
}
