// The newest client with a parser of an application: a packet is a JSON text that says how many
// bytes follow, in messages of their own. The other end is interop/server/parts.go.
import { createRequire } from "node:module";
import { check } from "./parsers.mjs";

const { Emitter } = createRequire(import.meta.resolve("socket.io-client"))("@socket.io/component-emitter");

const isBytes = (v) => v instanceof ArrayBuffer || ArrayBuffer.isView(v);

// split is the value with a number in place of all bytes, which it adds to parts.
function split(value, parts) {
  if (isBytes(value)) {
    parts.push(value);
    return { _placeholder: true, num: parts.length - 1 };
  }
  if (Array.isArray(value)) {
    return value.map((v) => split(v, parts));
  }
  if (value && typeof value === "object" && !(value instanceof Date)) {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, split(v, parts)]));
  }
  return value;
}

class Encoder {
  encode(packet) {
    const parts = [];
    const { type, nsp, id } = packet;
    const data = split(packet.data, parts);
    return [JSON.stringify({ type, nsp, id, data, parts: parts.length || undefined }), ...parts];
  }
}

class Decoder extends Emitter {
  add(message) {
    if (typeof message === "string") {
      this.text = message;
      this.parts = [];
    } else {
      this.parts.push(message);
    }
    if (this.parts.length < (JSON.parse(this.text).parts ?? 0)) {
      return;
    }
    this.emit("decoded", JSON.parse(this.text, (_, v) => (v?._placeholder ? this.parts[v.num] : v)));
  }

  destroy() {}
}

await check({ Encoder, Decoder });
