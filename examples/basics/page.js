const $ = (id) => document.getElementById(id);
const socket = io();

socket.on("connect", () => {
  $("status").textContent = "connected";
  $("id").textContent = socket.id;
  const engine = socket.io.engine;
  $("transport").textContent = engine.transport.name;
  engine.on("upgrade", (transport) => { $("transport").textContent = transport.name; });
});

socket.on("disconnect", (reason) => {
  $("status").textContent = `disconnected (${reason})`;
});

socket.on("line", ({ from, text }) => {
  const item = document.createElement("li");
  const name = document.createElement("b");
  name.textContent = from === socket.id ? "me" : from;
  item.append(name, " ", text);
  $("messages").append(item);
  item.scrollIntoView({ block: "nearest" });
});

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("text").value.trim();
  if (!text) return;
  socket.emit($("form").elements.mode.value, text);
  $("text").value = "";
});
