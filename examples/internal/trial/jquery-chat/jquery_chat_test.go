package jquerychat

import (
	"testing"

	"github.com/madang-chat/madang/examples/internal/trial"
	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// TestClients drives the page with both clients over both transports, and compares what bare
// sockets get with the contract.
func TestClients(t *testing.T) {
	p := trial.Start(t, "jquery-chat")
	trial.Browser(t, p.URL)
	for _, text := range []string{
		"Client logged-in:\n name:김철수\n userid: kim\n",
		"Message from 김철수: 안녕 👋 <b>\"&\"</b>\n",
		"user disconnected: 김철수\n",
	} {
		p.Saw(t, text)
	}
	p.RefusesForeign(t)
	p.Stop(t)
}
