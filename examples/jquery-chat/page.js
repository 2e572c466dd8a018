// Only what clients 1.4.8 and 4.x have in common. ?transports=polling or websocket asks for one
// transport.
const $ = (id) => document.getElementById(id);
const transports = new URLSearchParams(location.search).get("transports");
const socket = io(transports ? { transports: [transports] } : {});

function show(name, text) {
  const item = document.createElement("li");
  const who = document.createElement("b");
  who.textContent = name;
  item.append(who, " ", text);
  $("messages").append(item);
  item.scrollIntoView({ block: "nearest" });
}

let user = null;

function login() {
  if (user) socket.emit("login", user);
}

socket.on("connect", () => {
  $("status").textContent = "connected";
  const engine = socket.io.engine;
  $("transport").textContent = engine.transport.name;
  engine.on("upgrade", (transport) => { $("transport").textContent = transport.name; });
  login();
});

socket.on("disconnect", (reason) => {
  $("status").textContent = `disconnected (${reason})`;
});

socket.on("login", (name) => show(name, "has joined."));
socket.on("chat", ({ from, msg }) => show(from.name || "somebody", msg));

socket.on("people", (people) => {
  const chosen = $("people").value;
  $("people").replaceChildren(...people.map(({ id, name }) => new Option(name, id, false, id === chosen)));
});

$("login").addEventListener("submit", (event) => {
  event.preventDefault();
  user = { name: $("name").value, userid: $("userid").value };
  login();
});

$("chat").addEventListener("submit", (event) => {
  event.preventDefault();
  const msg = $("text").value;
  if (!msg.trim()) return;
  const way = $("chat").elements.to.value;
  const message = { msg };
  if (way !== "others") message.to = way === "one" ? $("people").value : way;
  socket.emit("chat", message);
  if (way === "others") show("me", msg); // nobody sends it back
  $("text").value = "";
});

$("leave").addEventListener("click", () => socket.emit("forceDisconnect"));
