// The newest client with socket.io-msgpack-parser.
import { createRequire } from "node:module";
import { check } from "./parsers.mjs";

await check(createRequire(import.meta.url)("socket.io-msgpack-parser"));
