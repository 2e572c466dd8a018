// One page with four clients, each with another parser: all get the three events, in messages
// of the known sizes.
import { deepStrictEqual as same } from "node:assert";
import { browse, until } from "../browse.mjs";

const numbers = Array.from({ length: 1000 }, (_, i) => i);
const events = {
  string: numbers.map(String),
  numeric: numbers,
  binary: numbers.map((n) => n % 256),
};

// bytes makes a list of what holds bytes: an ArrayBuffer, a view of one, or a Buffer as JSON.
const bytes = (value) => {
  if (value instanceof ArrayBuffer) return [...new Uint8Array(value)];
  if (ArrayBuffer.isView(value)) return [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)];
  return value.type === "Buffer" ? value.data : value;
};

await browse(async (visitor) => {
  const tab = await (await visitor())("about:blank");
  const got = {};
  const sizes = {};
  tab.on("console", async (message) => {
    const [, parser, event] = /^\[(\w+)\] \[(\w+)\]/.exec(message.text()) ?? [];
    if (event) (got[parser] ??= {})[event] = await message.args()[1].evaluate(bytes);
    const [, name, size] = /^\[(\w+)\] size= (\d+)/.exec(message.text()) ?? [];
    if (size) (sizes[name] ??= []).push(Number(size));
  });
  await tab.goto("http://localhost:3000/");
  const parsers = ["default", "msgpack", "json", "custom"];
  await until("all events", () => parsers.every((parser) => Object.keys(got[parser] ?? {}).length === 3));
  for (const parser of parsers) same(got[parser], events, parser);
  // Byte for byte what Node sends; the first message is the one that tells the socket's id.
  same(parsers.map((parser) => sizes[parser].slice(1)), [[5903, 3904, 43, 1000], [3919, 2646, 1029], [5930, 3931, 3625], [3895, 2005, 1005]]);
});
