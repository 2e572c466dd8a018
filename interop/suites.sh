#!/bin/sh
# Runs the official protocol suites against `MODE=suite interop/server`.
#
#   sh interop/suites.sh CHECKOUT [ROUNDS]
#
# CHECKOUT is the official monorepo; only its folder docs is used. A suite passes when every
# round does. One test of the v3 suite ("sends and receives a plain text packet" over WebSocket)
# races itself and fails in half of the runs against any server: it is left out, and one round of
# five with it is enough. The suites want port 3000.
set -eu

mono=$(cd "${1:?usage: suites.sh CHECKOUT [ROUNDS]}" && pwd)
rounds=${2:-5}
cd "$(dirname "$0")/.."

work=$(mktemp -d)
server=
stop() {
	[ -z "$server" ] || { kill "$server" && wait "$server" || :; }
	server=
}
trap 'stop; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

start() { # ALLOW_EIO3
	: >"$work/server.log"
	MODE=suite PORT=3000 ALLOW_EIO3=$1 "$work/server" >"$work/server.log" 2>&1 &
	server=$!
	for _ in $(seq 100); do
		grep -q '^ready' "$work/server.log" && return
		kill -0 "$server" 2>/dev/null || break
		sleep 0.1
	done
	cat "$work/server.log" >&2
	echo "the server did not get ready" >&2
	exit 1
}

failed=
suite() { # name, ALLOW_EIO3, rounds, good rounds wanted, options of mocha
	name=$1 eio3=$2 total=$3 wanted=$4
	shift 4
	dir=$mono/docs/$name
	[ -d "$dir/node_modules" ] || (cd "$dir" && npm ci --no-audit --no-fund >/dev/null)
	start "$eio3"
	good=0
	for round in $(seq "$total"); do
		if (cd "$dir" && node_modules/.bin/mocha --exit --reporter dot "$@" test-suite.js) >"$work/out" 2>&1; then
			good=$((good + 1))
		elif [ "$wanted" = "$total" ]; then
			echo "--- $name, round $round"
			sed -n '/passing/,$p' "$work/out"
		fi
	done
	stop
	echo "$name: $good of $total rounds without a failure, last:" $(grep -E 'passing|failing' "$work/out")
	[ "$good" -ge "$wanted" ] || failed="$failed $name"
}

go build -o "$work/server" ./interop/server
racing='WebSocket sends and receives a plain text packet'
suite engine.io-protocol/v4-test-suite 0 "$rounds" "$rounds"
suite socket.io-protocol/v5-test-suite 0 "$rounds" "$rounds"
suite engine.io-protocol/v3-test-suite 1 "$rounds" "$rounds" --grep "$racing" --invert
suite engine.io-protocol/v3-test-suite 1 5 1
if [ -n "$failed" ]; then
	echo "FAILED:$failed"
	exit 1
fi
