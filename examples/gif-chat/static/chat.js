const $ = (id) => document.getElementById(id);
const list = $("chats");
const { room, me } = list.dataset;
// WebSocket first: its end is seen at once, while a page that is left in the middle of the change
// from polling keeps its seat until the heartbeat misses it.
const socket = io("/chat", { transports: ["websocket", "polling"], tryAllTransports: true });

function line(...children) {
  const item = document.createElement("li");
  item.append(...children);
  return item;
}

function notice({ chat }) {
  const item = line(chat);
  item.className = "system";
  list.append(item);
  item.scrollIntoView({ block: "nearest" });
}

function chatLine(chat) {
  const name = document.createElement("b");
  const dot = document.createElement("i");
  name.className = "user";
  dot.style.background = chat.user;
  name.append(dot, chat.user);
  let content;
  if (chat.gif) {
    content = Object.assign(document.createElement("img"), { src: `/gif/${encodeURIComponent(chat.gif)}`, alt: "GIF" });
  } else {
    content = document.createElement("span");
    content.textContent = chat.chat;
  }
  const item = line(name, " ", content);
  item.id = `c${chat._id}`;
  item.dataset.at = chat.createdAt;
  if (chat.user === me) item.className = "mine";
  return item;
}

// What was said between the page and the connection, or while there was none.
async function catchUp() {
  const answer = await fetch(`/room/${room}/chats`);
  if (!answer.ok) return;
  for (const chat of await answer.json()) {
    if ($(`c${chat._id}`)) continue;
    const before = [...list.querySelectorAll("[data-at]")].findLast((item) => item.dataset.at <= chat.createdAt);
    if (before) before.after(chatLine(chat));
    else list.prepend(chatLine(chat));
  }
}

const leave = (why) => location.replace(`/?error=${encodeURIComponent(why)}`);

socket.on("connect", () => {
  socket.emit("join", room, (refused) => {
    if (refused?.error) return leave(refused.error.message);
    $("status").textContent = "연결됨";
    catchUp();
  });
});
socket.on("disconnect", () => { $("status").textContent = "연결 끊김"; });
socket.on("connect_error", ({ message }) => { $("status").textContent = message; });

socket.on("join", notice);
socket.on("exit", notice);
socket.on("chat", (chat) => {
  if ($(`c${chat._id}`)) return;
  const item = chatLine(chat);
  list.append(item);
  item.scrollIntoView({ block: "nearest" });
});

io("/room").on("removeRoom", (id) => {
  if (id === room) leave("존재하지 않는 방입니다.");
});

async function post(what, body) {
  const answer = await fetch(`/room/${room}/${what}`, { method: "POST", body });
  $("error").textContent = answer.ok ? "" : problem(answer.status);
  return answer.ok;
}

function problem(status) {
  if (status === 413) return "GIF는 5MB까지 올릴 수 있습니다.";
  if (status === 415) return "GIF 파일이 아닙니다.";
  return `보내지 못했습니다 (${status}).`;
}

const form = $("chat");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const chat = form.elements.chat.value;
  if (!chat) return;
  form.elements.chat.value = "";
  if (!await post("chat", new URLSearchParams({ chat }))) form.elements.chat.value = chat;
});

form.elements.gif.addEventListener("change", async () => {
  const [file] = form.elements.gif.files;
  if (!file) return;
  const body = new FormData();
  body.append("gif", file);
  await post("gif", body);
  form.elements.gif.value = "";
});
