const $ = (id) => document.getElementById(id);

// Two namespaces over one connection.
const chat = io("/chat");
const rooms = io("/room");
let current = ""; // the room we are in; none is the place of all, /chat

function add(list, text, name) {
  const item = document.createElement("li");
  item.textContent = text;
  if (name) item.className = name;
  $(list).append(item);
  item.scrollIntoView({ block: "nearest" });
}

function nickname() {
  const name = $("nickname").value.trim();
  if (!name) $("nickname").focus();
  return name;
}

function join(room) {
  const name = nickname();
  if (!name) return;
  rooms.emit("joinRoom", { room, nickname: name, toLeaveRoom: current });
  current = room;
  $("here").textContent = room;
  $("messages").replaceChildren();
}

chat.on("connect", () => { $("status").textContent = "연결됨"; });
chat.on("disconnect", () => { $("status").textContent = "끊어짐, 다시 연결 중"; });
chat.on("notice", ({ message }) => add("notices", message));
chat.on("message", (text) => { if (!current) add("messages", text); });

rooms.on("connect", () => { if (current) join(current); }); // a new socket is in no room
rooms.on("message", ({ message }) => add("messages", message));
rooms.on("rooms", (names) => {
  $("rooms").replaceChildren(...names.map((name) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "입장";
    button.setAttribute("aria-label", `${name} 입장`);
    button.addEventListener("click", () => join(name));
    item.append(name, " ", button);
    return item;
  }));
});

for (const socket of [chat, rooms]) {
  socket.on("exception", ({ message }) => { $("problem").textContent = message; });
}

$("create").addEventListener("submit", (event) => {
  event.preventDefault();
  const room = $("room").value.trim();
  const name = nickname();
  $("problem").textContent = "";
  if (!room || !name) return;
  rooms.emit("createRoom", { room, nickname: name });
  $("room").value = "";
});

$("send").addEventListener("submit", (event) => {
  event.preventDefault();
  const message = $("message").value.trim();
  const name = nickname();
  $("problem").textContent = "";
  if (!message || !name) return;
  if (current) rooms.emit("message", { message, nickname: name, room: current });
  else chat.emit("message", { message, nickname: name });
  add("messages", `나: ${message}`, "mine"); // the server sends it to the others only
  $("message").value = "";
});
