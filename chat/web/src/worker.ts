// Works beside the page, which goes on meanwhile.

import { work } from "./work";
import type { Proof } from "./wire";

addEventListener("message", (e: MessageEvent<Proof>) => postMessage(work(e.data)));
