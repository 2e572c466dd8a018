package guide

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/madang-chat/madang/socketio"
)

// official are the names of the official server's documentation and of what its types declare as
// public.
var official = map[string]string{
	"io.": `attach attachApp listen bind onconnection close path serveClient connectTimeout adapter engine httpServer sockets
		of on("connection") on("connect") on("new_namespace") use emit emitWithAck send write to in except compress volatile local timeout
		fetchSockets allSockets socketsJoin socketsLeave disconnectSockets serverSideEmit serverSideEmitWithAck`,
	"namespace.": `name sockets adapter on("connection") on("connect") use emit emitWithAck send write to in except compress volatile local
		timeout fetchSockets allSockets socketsJoin socketsLeave disconnectSockets serverSideEmit serverSideEmitWithAck`,
	"parent.": `emit to use on("connection") fetchSockets children`,
	"socket.": `on once off removeListener removeAllListeners eventNames listeners listenerCount
		on("disconnect") on("disconnecting") on("error")
		emit emitWithAck timeout send write to in except broadcast local volatile compress join leave rooms disconnect use
		onAny prependAny offAny listenersAny onAnyOutgoing prependAnyOutgoing offAnyOutgoing listenersAnyOutgoing
		id nsp connected disconnected recovered data request client conn handshake`,
	"socket.handshake.": `auth headers query address secure url time issued xdomain`,
	"client.":           `conn request`,
	"socket.conn.": `id protocol transport upgraded upgrading readyState remoteAddress request writeBuffer close send write
		on("open") on("upgrading") on("upgrade") on("heartbeat") on("packet") on("packetCreate") on("data") on("message") on("flush")
		on("drain") on("close") on("error")`,
	"io.engine.": `clientsCount generateId use handleRequest handleUpgrade attach listen close upgrades onWebTransportSession
		on("connection_error") on("headers") on("initial_headers") on("connection") on("flush") on("drain")`,
	"": `path addTrailingSlash serveClient adapter parser connectTimeout connectionStateRecovery cleanupEmptyChildNamespaces
		pingInterval pingTimeout upgradeTimeout maxHttpBufferSize allowRequest transports allowUpgrades allowEIO3 perMessageDeflate
		httpCompression cookie cors initialPacket wsEngine destroyUpgrade destroyUpgradeTimeout`,
	"connectionStateRecovery.": `maxDisconnectionDuration skipMiddlewares`,
	"remoteSocket.":            `id rooms handshake data emit emitWithAck timeout join leave disconnect`,
	"adapter.": `rooms sids sockets socketRooms on("create-room") on("join-room") on("leave-room") on("delete-room") serverCount init close
		addAll del delAll broadcast broadcastWithAck fetchSockets addSockets delSockets disconnectSockets serverSideEmit
		persistSession restoreSession`,
	"emitter.": `of emit to in except volatile compress socketsJoin socketsLeave disconnectSockets serverSideEmit`,
}

var (
	span = regexp.MustCompile("`([^`]+)`")
	row  = regexp.MustCompile(`(?m)^\| (.+) \|$`)
)

// rows are the cells of a page's tables, with the code in each.
func rows(t *testing.T, page string) (list [][][]string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range row.FindAllStringSubmatch(string(text), -1) {
		var cells [][]string
		for _, cell := range strings.Split(m[1], " | ") {
			var code []string
			for _, m := range span.FindAllStringSubmatch(cell, -1) {
				code = append(code, m[1])
			}
			cells = append(cells, code)
		}
		list = append(list, cells)
	}
	return list
}

// names tells whether code says a name, alone or with something behind it.
func names(code, name string) bool {
	rest, ok := strings.CutPrefix(code, name)
	return ok && (rest == "" || strings.ContainsAny(rest[:1], "(.:, "))
}

// A name is in the first cell of a row, alone or with arguments.
func TestEveryNameOfNode(t *testing.T) {
	for _, page := range []string{"from-node.md", "from-node.ko.md"} {
		list := rows(t, page)
		for prefix, words := range official {
			for _, name := range strings.Fields(words) {
				if !slices.ContainsFunc(list, func(cells [][]string) bool {
					return slices.ContainsFunc(cells[0], func(code string) bool { return names(code, prefix+name) })
				}) {
					t.Errorf("%s has no row for %s%s", page, prefix, name)
				}
			}
		}
	}
}

// The code in both tables is the same, whatever the order that a language gives it.
func TestTablesInBothLanguages(t *testing.T) {
	for _, name := range []string{"from-node", "from-googollee", "input", "troubleshooting"} {
		english, korean := rows(t, name+".md"), rows(t, name+".ko.md")
		if len(english) != len(korean) {
			t.Errorf("%s: %d rows in English, %d in Korean", name, len(english), len(korean))
			continue
		}
		for i := range english {
			for j := range min(len(english[i]), len(korean[i])) {
				a, b := slices.Sorted(slices.Values(english[i][j])), slices.Sorted(slices.Values(korean[i][j]))
				if !slices.Equal(a, b) {
					t.Errorf("%s: %q in English, %q in Korean", name, a, b)
				}
			}
		}
	}
}

// What stands for a method of ours is one, on every page but those that tell what was decided
// against.
func TestMethodsExist(t *testing.T) {
	method := regexp.MustCompile(`\b(io|ns|parent|s|info|tea)\.([A-Z]\w*)`)
	types := map[string]reflect.Type{
		"io": reflect.TypeFor[*socketio.Server](), "ns": reflect.TypeFor[*socketio.Namespace](), "parent": reflect.TypeFor[*socketio.Parent](),
		"s": reflect.TypeFor[*socketio.Socket](), "info": reflect.TypeFor[*socketio.SocketInfo](), "tea": reflect.TypeFor[socketio.Target](),
	}
	for _, page := range pages(t) {
		if strings.HasPrefix(page, "docs/decisions/") {
			continue
		}
		text, err := os.ReadFile(root + "/" + page)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range span.FindAllStringSubmatch(fence.ReplaceAllString(string(text), ""), -1) {
			for _, m := range method.FindAllStringSubmatch(s[1], -1) {
				owner := types[m[1]]
				_, ok := owner.MethodByName(m[2])
				if !ok && owner.Kind() == reflect.Pointer && owner.Elem().Kind() == reflect.Struct {
					_, ok = owner.Elem().FieldByName(m[2])
				}
				if !ok && m[0] != "io.EOF" { // of the standard package
					t.Errorf("%s: there is no %s", page, m[0])
				}
			}
		}
	}
}
