"""All checks of python-socketio: main.py sync|asyncio|msgpack URL polling|websocket|upgrade

Each check prints one line: "ok NAME", perhaps with ": NOTE", "FAIL NAME: WHY" or "none NAME: WHY". A line "kill" asks the
caller to kill the server and to start it again.
"""

import asyncio
import os
import sys

import checks
from peer import Missing, Partly, Peer


async def main(kind, url, transport):
    for name, check in checks.ALL.items():
        peers = []

        def peer():
            peers.append(Peer(kind, url, transport))
            return peers[-1]

        try:
            await asyncio.wait_for(check(peer), 40)
            print("ok", name, flush=True)
        except Partly as e:
            print(f"ok {name}: {e}", flush=True)
        except Missing as e:
            print(f"none {name}: {e}", flush=True)
        except Exception as e:
            print(f"FAIL {name}: {e!r}".replace("\n", " "), flush=True)
        for p in peers:
            await p.close()


asyncio.run(main(*sys.argv[1:]))
sys.stdout.flush()
# Threads that a library has left would keep the program alive.
os._exit(0)
