"""What a client must be able to do. The names are those of checks.go, in its order."""

import asyncio

from peer import OLD, Missing, Partly

ALL = {}


def check(name):
    def add(function):
        ALL[name] = function
        return function

    return add


def data(length):
    return bytes(i * 31 & 255 for i in range(length))


JSON = ["text", "", 0, -1, 1.5, True, False, None, [], {}, {"a": [{"b": None}, [["c"]]], "d": 2}]
UNICODE = ["안녕하세요 마당", "👋 é ß Ã© \u2028", {"이름": ["철수", "\u0080\u00ff\u0800\uffff", "👨‍👩‍👧"]}]
BINARY = [{"deep": [{"er": data(300)}], "text": "x"}, [data(1), [data(4)], data(2)], data(5), "end"]


def same(got, want):
    if got != want:
        got, want = str(got), str(want)
        at = next((i for i, (a, b) in enumerate(zip(got, want)) if a != b), min(len(got), len(want)))
        raise AssertionError(f"after {at} characters: got {got[at:][:80]}, want {want[at:][:80]}")


async def echo(peer, *args, namespace="/"):
    box = peer.inbox("echo", namespace)
    await peer.emit("echo", *args, namespace=namespace)
    same(await box.next(), list(args))


async def question(peer, *args):
    """The server asks with the arguments that it was told, gets them back and tells them."""
    answer = peer.inbox("answer")
    peer.on("question", lambda *args: args)
    await peer.emit("ask", *args)
    same(await answer.next(), list(args))


async def whoami(peer, namespace="/"):
    return (await peer.ask("whoami", namespace=namespace))[0]


@check("connect")
async def _(new):
    peer = await new().connect()
    me = await whoami(peer)
    same(me["nsp"], "/")
    same(me["id"], peer.sio.sid if OLD else peer.sio.get_sid("/"))


@check("transport")
async def _(new):
    peer = await new().connect()
    want = "polling" if peer.transport == "polling" else "websocket"
    for _ in range(100):
        if (me := await whoami(peer))["transport"] == want:
            break
        await asyncio.sleep(0.05)
    same(me["transport"], want)
    same(peer.sio.transport() if callable(peer.sio.transport) else peer.sio.transport, want)


@check("auth")
async def _(new):
    if OLD:
        raise Missing("its protocol has no auth")
    peer = await new().connect(auth={"user": "철수", "list": [1]})
    same((await whoami(peer))["auth"], {"user": "철수", "list": [1]})


@check("event")
async def _(new):
    peer = await new().connect()
    await echo(peer, *JSON)
    await echo(peer)


@check("unicode")
async def _(new):
    peer = await new().connect()
    await echo(peer, *UNICODE)
    same(await peer.ask("ack", *UNICODE), UNICODE)


@check("ack")
async def _(new):
    peer = await new().connect()
    same(await peer.ask("ack", *JSON), JSON)
    same(await peer.ask("ack"), [])


@check("question")
async def _(new):
    peer = await new().connect()
    await question(peer, *JSON)
    await question(peer)


@check("binary")
async def _(new):
    await echo(await new().connect(), *BINARY)


@check("binary ack")
async def _(new):
    same(await (await new().connect()).ask("ack", *BINARY), BINARY)


@check("binary question")
async def _(new):
    await question(await new().connect(), *BINARY)


@check("empty binary")
async def _(new):
    if OLD:
        raise Missing("it reads empty bytes as None")
    await echo(await new().connect(), data(0), {"a": [data(0)]})


@check("large text")
async def _(new):
    await echo(await new().connect(), "x" * 100_000)


@check("large binary")
async def _(new):
    await echo(await new().connect(), data(100_000))


@check("namespace")
async def _(new):
    peer = await new().connect("/chat")
    stray = peer.inbox("echo")
    same((await whoami(peer, "/chat"))["nsp"], "/chat")
    await echo(peer, "chat", data(3), namespace="/chat")
    await peer.ask("ack")
    assert stray.empty(), "an event of /chat came to /"
    await echo(peer, "main")


@check("room")
async def _(new):
    a, b, c = [await new().connect() for _ in range(3)]
    said = [p.inbox("said") for p in (a, b, c)]
    same(await a.ask("join", "방"), [True])
    same(await b.ask("join", "방"), [True])
    await a.emit("say", "방", *BINARY)
    same(await said[1].next(), BINARY)
    await c.emit("shout", "방", "all")
    same(await said[0].next(), ["all"])
    same(await said[1].next(), ["all"])
    same(await b.ask("leave", "방"), [True])
    await a.emit("shout", "방", "after")
    same(await said[0].next(), ["after"])
    # What was sent before an answer has arrived before it.
    for p in (b, c):
        await p.ask("ack")
    assert all(box.empty() for box in said), "somebody heard too much"


@check("refused")
async def _(new):
    peer = new()
    refusal = peer.inbox("connect_error", "/deny")
    try:
        await peer.dial(["/", "/deny"])
    except Exception:
        pass  # version 5 raises, version 4 doesn't
    got = await refusal.next()
    # The old protocol sends the data alone.
    same(got, [{"code": 403}] if OLD else [{"message": "not allowed", "data": {"code": 403}}])


async def reason_of(observer, id):
    for _ in range(200):
        if why := await observer.ask("reasonOf", id):
            return why[0]
        await asyncio.sleep(0.05)
    raise TimeoutError("the server did not notice the leave")


@check("leave")
async def _(new):
    observer, peer = await new().connect(), await new().connect()
    gone = peer.inbox("disconnect")
    id = (await whoami(peer))["id"]
    await peer.run(peer.sio.disconnect)
    if not OLD:  # which doesn't tell when it leaves of itself
        await gone.next()
    why = await reason_of(observer, id)
    if why == "transport close" and peer.transport != "polling":
        raise Partly("over WebSocket it may end the connection before its packet is sent")
    if why == "transport error" and peer.transport == "polling" and OLD:
        raise Partly("over polling it may end the connection before its packet is sent")
    same(why, "client namespace disconnect")


@check("kick")
async def _(new):
    peer = await new().connect("/chat")
    gone = peer.inbox("disconnect", "/chat")
    await peer.emit("kick", False, namespace="/chat")
    got = await gone.next()
    if not OLD:  # which has no reasons
        same(got, ["server disconnect"])
    await echo(peer, "the other namespace stays")


@check("stay away")
async def _(new):
    peer = await new().connect()
    gone, welcome = peer.inbox("disconnect"), peer.inbox("welcome")
    await peer.emit("kick", False)
    await gone.next()
    await asyncio.sleep(1.5)
    assert welcome.empty(), "it came back"


@check("kick whole")
async def _(new):
    peer = await new().connect("/chat")
    gone = [peer.inbox("disconnect", n) for n in ("/", "/chat")]
    await peer.emit("kick", True, namespace="/chat")
    for box in gone:
        await box.next()


@check("restart")
async def _(new):
    peer = await new().connect("/chat")
    gone = peer.inbox("disconnect")
    boxes = [peer.inbox("welcome", n) for n in ("/", "/chat")]
    before = (await whoami(peer))["id"]
    print("kill", flush=True)
    await gone.next()
    for box in boxes:
        await box.next()
    assert (await whoami(peer))["id"] != before, "the same id after a restart"
    await echo(peer, "again")
    await echo(peer, "again", namespace="/chat")


@check("idle")
async def _(new):
    peer = await new().connect()
    gone = peer.inbox("disconnect")
    before = (await whoami(peer))["id"]
    # Longer than the server waits for a heartbeat.
    await asyncio.sleep(3)
    assert gone.empty(), "disconnected"
    same((await whoami(peer))["id"], before)
