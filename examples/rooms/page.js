// Only what clients 1.4.8 and 4.x have in common. ?transports=polling or websocket asks for one
// transport.
const $ = (id) => document.getElementById(id);
const transports = new URLSearchParams(location.search).get("transports");
const options = transports ? { transports: [transports] } : {};

// Three namespaces share one connection.
const [chat, news, mine] = ["/chat", "/news", "/my-namespace"].map((name) => {
  const socket = io(name, options);
  const item = document.createElement("li");
  const show = (state) => { item.textContent = `${name}: ${state}`; };
  show("connecting");
  $("namespaces").append(item);
  socket.on("connect", () => show("connected"));
  socket.on("disconnect", (reason) => show(`disconnected (${reason})`));
  return socket;
});

chat.on("connect", () => {
  const engine = chat.io.engine;
  $("transport").textContent = engine.transport.name;
  engine.on("upgrade", (transport) => { $("transport").textContent = transport.name; });
});

let greetings = 0;
mine.on("hi", (whom) => { $("hi").textContent = `hi ${whom} (${++greetings})`; });

chat.on("chat message", (text) => {
  const item = document.createElement("li");
  item.textContent = text;
  $("messages").append(item);
  item.scrollIntoView({ block: "nearest" });
});

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const msg = $("text").value;
  if (!msg.trim()) return;
  chat.emit("chat message", { name: $("name").value, room: $("room").value, msg });
  $("text").value = "";
});
