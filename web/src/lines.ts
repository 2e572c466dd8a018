// From messages to the lines of the timeline: days, system lines drawn together, groups of one
// person's messages.

import { nameOf } from "./names";
import { fill } from "./i18n";
import { texts } from "./texts";
import { dayKey } from "./time";
import type { Entry } from "./outbox";
import type { Chat, Lang, Named } from "./wire";

export type Line =
  | { type: "day"; key: string; at: number }
  | { type: "system"; key: string; at: number; text: string }
  | { type: "message"; key: string; chat: Chat; mine: boolean; first: boolean; last: boolean }
  | { type: "entry"; key: string; entry: Entry; first: boolean };

const together = 5 * 60_000;
/** Comings and goings within this time make one line, from the third on. */
const crowd = 60_000;
const crowdSize = 3;

/** A message keeps its cid as its key from the outbox on, so that nothing jumps when it arrives. */
export const keyOf = (m: Chat) => m.cid ?? `s${m.seq}`;

export function lines(items: Chat[], entries: Entry[], me: string, title: string, lang: Lang): Line[] {
  const out: Line[] = [];
  let day = "";
  for (let i = 0; i < items.length; i++) {
    const m = items[i]!;
    const today = dayKey(m.createdAt);
    if (today !== day) out.push({ type: "day", key: `d${keyOf(m)}`, at: m.createdAt });
    day = today;
    if (m.kind === "system") {
      const run = crowdFrom(items, i);
      if (run.length >= crowdSize) {
        out.push({ type: "system", key: keyOf(m), at: m.createdAt, text: manyText(run, lang) });
        i += run.length - 1;
      } else {
        out.push({ type: "system", key: keyOf(m), at: m.createdAt, text: systemText(m, title, lang) });
      }
      continue;
    }
    out.push({
      type: "message",
      key: keyOf(m),
      chat: m,
      mine: m.user === me,
      first: !sameGroup(items[i - 1], m),
      last: !sameGroup(m, items[i + 1]),
    });
  }
  const arrived = new Set(items.map((m) => m.cid));
  const waiting = entries.filter((e) => !arrived.has(e.cid));
  waiting.forEach((entry, i) => {
    const before = items.at(-1);
    const first = i === 0 && !(before && before.kind !== "system" && before.user === me && entry.at - before.createdAt < together);
    out.push({ type: "entry", key: entry.cid, entry, first });
  });
  return out;
}

function sameGroup(a: Chat | undefined, b: Chat | undefined): boolean {
  if (!a || !b || a.kind === "system" || b.kind === "system") return false;
  return a.user === b.user && b.createdAt - a.createdAt < together && dayKey(a.createdAt) === dayKey(b.createdAt);
}

// The comings, or the goings, that follow one another from item i on.
function crowdFrom(items: Chat[], i: number): Chat[] {
  const start = items[i]!;
  if (start.code !== "join" && start.code !== "exit") return [start];
  let j = i;
  while (j < items.length) {
    const m = items[j]!;
    if (m.kind !== "system" || m.code !== start.code || m.createdAt - start.createdAt > crowd) break;
    if (dayKey(m.createdAt) !== dayKey(start.createdAt)) break;
    j++;
  }
  return items.slice(i, j);
}

const someone = (args: Named | undefined, lang: Lang) => nameOf(args ?? {}, lang);

export function systemText(m: Chat, title: string, lang: Lang): string {
  const name = someone(m.args, lang);
  switch (m.code) {
    case "join":
      return fill(texts["sys.join"], lang, { name });
    case "exit":
      return fill(texts["sys.exit"], lang, { name });
    case "created":
      return fill(texts["sys.created"], lang, { name, title: m.args?.title ?? title });
    default:
      return m.chat ?? "";
  }
}

function manyText(run: Chat[], lang: Lang): string {
  const people = new Set(run.map((m) => m.args?.user ?? m.seq));
  const name = someone(run[0]!.args, lang);
  if (people.size < 2) return systemText(run[0]!, "", lang);
  const key = run[0]!.code === "join" ? "sys.joinMany" : "sys.exitMany";
  return fill(texts[key], lang, { name, n: people.size - 1 });
}
