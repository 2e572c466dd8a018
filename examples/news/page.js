// Polling first, then the upgrade; ?transports=websocket or polling asks for one transport only.
const $ = (id) => document.getElementById(id);
const transports = new URLSearchParams(location.search).get("transports");
const socket = io(transports ? { transports: [transports] } : {});
const transportsUsed = []; // for those who look into the console

function showTransport({ name }) {
  transportsUsed.push(name);
  $("transport").textContent = transportsUsed.join(", then ");
}

// The upgrade may be over before the namespace is connected, so this begins with the connection
// below it.
socket.io.on("open", () => {
  transportsUsed.length = 0;
  showTransport(socket.io.engine.transport);
  socket.io.engine.on("upgrade", showTransport);
});

socket.on("connect", () => {
  $("status").textContent = "connected";
});

socket.on("disconnect", (reason) => {
  $("status").textContent = `disconnected (${reason})`;
});

socket.on("news", (text) => {
  const item = document.createElement("li");
  item.textContent = `${new Date().toLocaleTimeString()} ${text}`;
  $("news").append(item);
  item.scrollIntoView({ block: "nearest" });
  socket.emit("reply", "Hello Node.JS");
});
