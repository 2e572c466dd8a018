// Loaded before a server of the examples: its ports 3000 to 3009 become BASE and those behind it.
const { Server } = require("node:net");
const { listen } = Server.prototype;

Server.prototype.listen = function (port, ...rest) {
  const n = Number(port);
  if (n >= 3000 && n < 3010) port = Number(process.env.BASE) + n - 3000;
  return listen.call(this, port, ...rest);
};
