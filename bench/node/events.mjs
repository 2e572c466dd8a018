// offer makes a server answer the events of bench/server.
export function offer(io) {
  io.on("connection", (socket) => {
    socket.on("echo", (value, ack) => ack(value));
    socket.on("bcast", (payload) => io.emit("bcast", payload));
    socket.on("join", (room, ack) => {
      socket.join(room);
      ack();
    });
    socket.on("room", ({ room, payload }) => io.to(room).emit("room", payload));
  });
}

// pingInterval is the library's default, unless a measurement wants heartbeats sooner.
export const pingInterval = Number(process.env.PING_INTERVAL ?? 25_000);
