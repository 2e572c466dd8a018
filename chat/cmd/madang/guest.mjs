// People of a story without a browser: each is a session with a socket, which costs next to nothing.
import { ok } from "node:assert";
import { crc32, deflateSync } from "node:zlib";
import { io } from "socket.io-client";
import { url } from "./rig.mjs";

const json = { "Content-Type": "application/json", Accept: "application/json", Origin: url };

/** Somebody new, who may be given a name. */
export async function guest(nickname) {
  const cookie = (await fetch(url, { headers: { Accept: "text/html" } })).headers.getSetCookie().map((c) => c.split(";")[0]).join("; ");
  const request = async (method, path, body, headers = json) => {
    const response = await fetch(url + path, { method, headers: { ...headers, cookie }, body: headers === json && body ? JSON.stringify(body) : body });
    const answer = await response.json();
    ok(response.ok, `${method} ${path}: ${JSON.stringify(answer)}`);
    return answer;
  };
  const socket = io(`${url}/chat`, { transports: ["websocket"], forceNew: true, extraHeaders: { cookie, origin: url } });
  const ask = async (event, what) => {
    const answer = await socket.timeout(60_000).emitWithAck(event, what);
    ok(answer.ok, `${event}: ${JSON.stringify(answer)}`);
    return answer;
  };
  if (nickname) await request("PATCH", "/api/v1/me", { nickname });
  let n = 0;
  const rooms = new Set();
  // Who was thrown out of its seats by a slow machine takes them again.
  socket.io.on("reconnect", () => rooms.forEach((room) => socket.emit("join", { room })));
  return {
    request,
    ask,
    /** Opens a room; its id. */
    open: async (room) => (await request("POST", "/room", room)).room._id,
    join: (room) => {
      rooms.add(room);
      return ask("join", { room });
    },
    part: (room) => {
      rooms.delete(room);
      return ask("leave", { room });
    },
    say: (room, chat) => ask("chat", { room, chat, cid: `c${++n}` }),
    /** Shows a picture, or several with words for each. */
    show: (room, image, ...described) => {
      const form = new FormData();
      form.append("cid", `c${++n}`);
      for (const [picture, alt] of [[image, ""], ...described]) {
        form.append("gif", new Blob([picture]), "photo");
        form.append("alt", alt);
      }
      return request("POST", `/room/${room}/gif`, form, { Accept: "application/json", Origin: url });
    },
    leave: () => socket.disconnect(),
  };
}

/** A PNG of a landscape in flat colours: sky, sun, two hills. */
export function landscape(w, h, [sky, sun, far, near]) {
  const rows = Buffer.alloc((w + 1) * h);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const hill = (phase, height, rise) => y > h * height - Math.sin((x / w) * Math.PI * 2 + phase) * h * rise;
      const round = Math.hypot(x - w * 0.7, y - h * 0.32) < h * 0.14;
      rows[y * (w + 1) + 1 + x] = hill(0.4, 0.82, 0.1) ? 3 : hill(2.2, 0.66, 0.13) ? 2 : round ? 1 : 0;
    }
  }
  const palette = Buffer.from([sky, sun, far, near].map((c) => c.slice(1)).join(""), "hex");
  return png(w, h, 3, rows, palette);
}

/** A PNG of rows of pixels, each behind a zero: 2 is colours, 3 places in a palette. */
export function png(w, h, kind, rows, palette) {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const size = Buffer.alloc(4);
    const sum = Buffer.alloc(4);
    size.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([size, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(w, 0);
  head.writeUInt32BE(h, 4);
  head.set([8, kind], 8);
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", head), ...(palette ? [chunk("PLTE", palette)] : []), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

/** A GIF that flashes ten times a second. */
export function strobe(w, h) {
  const palette = Buffer.alloc(3 * 128, 255).fill(0, 0, 3);
  const head = Buffer.from([w & 255, w >> 8, h & 255, h >> 8, 0xf6, 0, 0]);
  const frames = Array.from({ length: 8 }, (_, frame) => {
    // Codes of a byte each: one for a pixel, and one that begins anew before they grow.
    const codes = [];
    for (let i = 0; i < w * h; i++) codes.push(...(i % 100 ? [] : [128]), frame % 2);
    const blocks = [];
    for (let i = 0; i < codes.length; i += 255) blocks.push(Buffer.from([Math.min(255, codes.length - i), ...codes.slice(i, i + 255)]));
    const shown = Buffer.from([0x21, 0xf9, 4, 0, 5, 0, 0, 0, 0x2c, 0, 0, 0, 0, w & 255, w >> 8, h & 255, h >> 8, 0, 7]);
    return Buffer.concat([shown, ...blocks, Buffer.from([1, 129, 0])]);
  });
  return Buffer.concat([Buffer.from("GIF89a"), head, palette, Buffer.from("21ff0b4e45545343415045322e300301000000", "hex"), ...frames, Buffer.from([0x3b])]);
}
