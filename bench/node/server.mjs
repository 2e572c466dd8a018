// The peer on Node: the events of bench/server, with the library's defaults.
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http);

io.on("connection", (socket) => {
  socket.on("echo", (value, ack) => ack(value));
  socket.on("bcast", (payload) => io.emit("bcast", payload));
  socket.on("join", (room, ack) => {
    socket.join(room);
    ack();
  });
  socket.on("room", ({ room, payload }) => io.to(room).emit("room", payload));
});

http.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => console.log("ready", http.address().port));
