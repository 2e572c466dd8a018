// The engine of an official client that sends messages one after the other and writes what comes back, all as JSON:
// node client.cjs <url> <package> <options> <messages>. A message with "binary:" in front is sent as binary; text comes back as JSON.
const [, , url, name, options, messages] = process.argv;
const home = require.resolve(name + "/package.json");
const engine = require(require.resolve("engine.io-client", { paths: [home] }));
const open = engine.Socket && engine.protocol === 4 ? (...args) => new engine.Socket(...args) : engine;

const queue = JSON.parse(messages);
const answers = [];
const socket = open(url, JSON.parse(options));
const next = () => {
  if (queue.length === 0) return socket.close();
  const [, binary] = queue[0].match(/^binary:(.*)$/s) ?? [];
  socket.send(binary === undefined ? queue[0] : Buffer.from(binary));
  queue.shift();
};
socket.on("open", () => (JSON.parse(options).transports.length > 1 ? socket.on("upgrade", () => setTimeout(next)) : next()));
socket.on("message", (data) => {
  answers.push(typeof data === "string" ? JSON.parse(data) : "binary:" + Buffer.from(data).toString());
  next();
});
socket.on("close", () => console.log(JSON.stringify(answers)));
socket.on("error", (error) => {
  console.error(error);
  process.exit(1);
});
