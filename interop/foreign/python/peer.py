"""One face for the clients with and without asyncio, so that each check is written once."""

import asyncio

import socketio

# Version 4 speaks the protocol of JavaScript's version 2.
OLD = hasattr(socketio.Client(), "binary")


class Missing(Exception):
    """The client has no such thing."""


class Partly(Exception):
    """The check passed, with less than other clients do."""


class Peer:
    def __init__(self, kind, url, transport):
        self.url, self.transport = url, transport
        self.loop = asyncio.get_running_loop()
        self.inboxes = {}
        self.sync = kind == "sync"
        options = {"reconnection_delay": 0.1, "reconnection_delay_max": 0.5, "randomization_factor": 0}
        if kind == "msgpack":
            options["serializer"] = "msgpack"
        self.sio = (socketio.Client if self.sync else socketio.AsyncClient)(**options)

    async def run(self, method, *args, **kwargs):
        """Calls a method of the library, which is a coroutine or blocks."""
        if self.sync:
            return await asyncio.to_thread(method, *args, **kwargs)
        return await method(*args, **kwargs)

    def inbox(self, event, namespace="/"):
        """The queue of an event, made before the event can come."""
        if (event, namespace) not in self.inboxes:
            box = self.inboxes[event, namespace] = Inbox()
            self.on(event, lambda *args: self.loop.call_soon_threadsafe(box.put_nowait, list(args)), namespace)
        return self.inboxes[event, namespace]

    def on(self, event, handler, namespace="/"):
        self.sio.on(event, handler, namespace=namespace)

    async def connect(self, *namespaces, **options):
        """Connects the main namespace and others, and waits for the first event of each."""
        names = ["/", *namespaces]
        boxes = [self.inbox("welcome", name) for name in names]
        await self.dial(names, **options)
        for name, box in zip(names, boxes):
            got = await box.next()
            assert got == [name], got
        return self

    async def dial(self, namespaces, **options):
        transports = None if self.transport == "upgrade" else [self.transport]
        await self.run(self.sio.connect, self.url, transports=transports, namespaces=namespaces, **options)

    async def emit(self, event, *args, namespace="/"):
        await self.run(self.sio.emit, event, args, namespace=namespace)

    async def ask(self, event, *args, namespace="/"):
        """The arguments of the answer."""
        answer = await self.run(self.sio.call, event, args, namespace=namespace, timeout=20)
        # The library unpacks an answer of one argument.
        return list(answer) if isinstance(answer, tuple) else [] if answer is None else [answer]

    async def close(self):
        try:
            await asyncio.wait_for(self.run(self.sio.disconnect), 5)
        except Exception:
            pass  # it was closed already, and the checks have said so


class Inbox(asyncio.Queue):
    async def next(self, seconds=20):
        return await asyncio.wait_for(self.get(), seconds)
