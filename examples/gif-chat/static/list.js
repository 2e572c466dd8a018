const rooms = document.getElementById("rooms");
const socket = io("/room");

const element = (name, properties, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};

function user(color) {
  const dot = element("i");
  dot.style.background = color;
  return element("b", { className: "user" }, dot, color);
}

const row = (id) => rooms.querySelector(`tr[data-id="${CSS.escape(id)}"]`);

socket.on("newRoom", (room) => {
  if (row(room._id)) return;
  const enter = element("form", { className: "enter", action: `/room/${room._id}` });
  if (room.password) {
    enter.append(element("input", { type: "password", name: "password", ariaLabel: "비밀번호", placeholder: "비밀번호", autocomplete: "off" }));
  }
  enter.append(element("button", {}, "입장"));
  const last = element("td", {}, enter);
  if (room.owner === rooms.dataset.me) last.append(element("button", { className: "remove" }, "삭제"));
  const cells = [room.title, room.password ? "비밀방" : "공개방", room.max, user(room.owner)].map((content) => element("td", {}, content));
  const made = element("tr", {}, ...cells, last);
  made.dataset.id = room._id;
  rooms.append(made);
});

socket.on("removeRoom", (id) => row(id)?.remove());

rooms.addEventListener("click", async (event) => {
  if (!event.target.matches(".remove")) return;
  const answer = await fetch(`/room/${event.target.closest("tr").dataset.id}`, { method: "DELETE" });
  if (!answer.ok) document.getElementById("error").textContent = "방장만 방을 삭제할 수 있습니다.";
});
