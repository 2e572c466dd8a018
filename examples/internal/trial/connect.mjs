// A bare socket in a tab whose page has loaded a client. It records all that arrives as
// [event, ...arguments]: the contract as the page's own client sees it.
import { deepStrictEqual as same } from "node:assert";

export async function connect(tab, { namespace = "/", options = {}, events = [] } = {}) {
  const socket = await tab.evaluateHandle(({ namespace, options, events }) => {
    const socket = io(location.origin + namespace, { forceNew: true, ...options });
    socket.log = [];
    const plain = (arg) => (arg instanceof Error ? arg.message : arg);
    return new Promise((resolve) => {
      for (const event of ["connect_error", "error", "disconnect", ...events]) {
        socket.on(event, (...args) => {
          if (event === "disconnect") args.length = 1; // newer clients add details to the reason
          socket.log.push([event, ...args.map(plain)]);
          resolve(socket);
        });
      }
      socket.on("connect", () => resolve(socket));
    });
  }, { namespace, options, events });
  return {
    id: await socket.evaluate((s) => s.id),
    emit: (...args) => socket.evaluate((s, args) => { s.emit(...args); }, args),
    ask: (...args) => socket.evaluate((s, args) => new Promise((resolve) => s.emit(...args, resolve)), args),
    transport: () => socket.evaluate((s) => s.io.engine.transport.name),
    // Client 1.4.8 keeps the connection when its last socket has ended: six of them by polling, and
    // the browser is full.
    close: () => socket.evaluate((s) => { s.disconnect(); s.io.engine.close(); }),
    // take waits for as many entries as are expected, returns all, and forgets them; got compares
    // them.
    async take(n) {
      await tab.waitForFunction(([s, n]) => s.log.length >= n, [socket, n]).catch(() => {});
      return socket.evaluate((s) => s.log.splice(0));
    },
    async got(...entries) {
      same(await this.take(entries.length), entries);
    },
  };
}
