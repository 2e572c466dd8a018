// The official server, as something to compare with. It tells its port, and under /state/<sid> what became of a session. It ends with its input.
const { createServer } = require("node:http");
const { Server } = require("engine.io");

const engine = new Server({ allowEIO3: true, pingInterval: 60000, pingTimeout: 60000 });
const sessions = {};
engine.on("connection", (socket) => {
  const state = (sessions[socket.id] = { messages: [], closed: "" });
  socket.on("message", (data) => {
    state.messages.push(Buffer.isBuffer(data) ? "binary:" + data.toString("hex") : (data ?? ""));
  });
  socket.on("close", (reason) => {
    state.closed = reason;
  });
});

const http = createServer((request, response) => {
  response.end(JSON.stringify(sessions[request.url.slice("/state/".length)]));
});
engine.attach(http);
http.listen(0, "127.0.0.1", () => console.log(http.address().port));
process.stdin.on("end", () => process.exit()).resume();
