// Package adapter has the messages of the official cluster adapters, which those of Redis (sharded
// and streams) and of PostgreSQL share, and what of them the classic one of Redis shares too. A bus
// brings them to the others, in the forms of its broker:
//
//	m, err := adapter.Encode(message, name) // then m.JSON, m.Msgpack, m.DataJSON, m.DataMsgpack
//
//	e, err := adapter.Open(payload) // JSON or msgpack; e.Type, e.UID, e.NSP cost little
//	message, question, err := e.Read()
//
// A question of a server of Node is noted in Questions, whose id the answer of the own server has.
//
// All values are used by one goroutine at a time, but for Questions.
package adapter
