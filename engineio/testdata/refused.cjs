// What the engine of an official client tells of a handshake that is refused, as JSON:
// node refused.cjs <url> <package> <options>
const [, , url, name, options] = process.argv;
const home = require.resolve(name + "/package.json");
const engine = require(require.resolve("engine.io-client", { paths: [home] }));

const socket = new engine.Socket(url, JSON.parse(options));
socket.on("open", () => process.exit(1));
socket.on("error", ({ message, description, context }) => {
  const text = context?.responseText;
  console.log(JSON.stringify({ message, description: description?.message ?? description, status: context?.status, body: text && JSON.parse(text) }));
});
