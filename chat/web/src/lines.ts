// From messages to the lines of the timeline: days, system lines drawn together, groups of one
// person's messages.

import { nameOf } from "./names";
import { fill } from "./i18n";
import { texts } from "./texts";
import { dayKey, moment as when } from "./time";
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
const changes = {
  password: texts["sys.password"],
  open: texts["sys.open"],
  listed: texts["sys.listed"],
  unlisted: texts["sys.unlisted"],
  quiet: texts["sys.quiet"],
  talk: texts["sys.talk"],
};
/** Lines that make one, and its words. */
const many = { join: "sys.joinMany", exit: "sys.exitMany", removed: "sys.removedMany" } as const;
/** Whoever is back within this time, or in the room just opened, makes no line. */
const moment = 30_000;

/** A message keeps its cid as its key from the outbox on, so that nothing jumps when it arrives. */
export const keyOf = (m: Chat) => m.cid ?? `s${m.seq}`;

type Item = Chat | Entry;

export function lines(messages: Chat[], entries: Entry[], me: string, title: string, lang: Lang): Line[] {
  const items = woven(lasting(messages), entries);
  const out: Line[] = [];
  let day = "";
  for (let i = 0; i < items.length; i++) {
    const m = items[i]!;
    if (isEntry(m)) {
      out.push({ type: "entry", key: m.cid, entry: m, first: !follows(items[i - 1], m, me) });
      continue;
    }
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
  return out;
}

const isEntry = (item: Item): item is Entry => "state" in item;

// The messages without the goings and comings that changed nothing.
function lasting(messages: Chat[]): Chat[] {
  const last = new Map<string, Chat>();
  const idle = new Set<Chat>();
  for (const m of messages) {
    const user = m.kind === "system" && m.args?.user;
    if (!user) continue;
    const before = last.get(user);
    if (m.code === "join" && before && before.code !== "join" && m.createdAt - before.createdAt < moment) {
      idle.add(m);
      if (before.code === "exit") idle.add(before);
    }
    last.set(user, m);
  }
  return idle.size ? messages.filter((m) => !idle.has(m)) : messages;
}

// What waits stands at the end. What was refused keeps its place, or it would hide all that comes
// later.
function woven(messages: Chat[], entries: Entry[]): Item[] {
  if (!entries.length) return messages;
  const arrived = new Set(messages.map((m) => m.cid));
  const place = (e: Entry) => e.after ?? Number.MAX_SAFE_INTEGER;
  const rest = entries.filter((e) => !arrived.has(e.cid)).sort((a, b) => place(a) - place(b));
  const out: Item[] = [];
  for (const m of messages) {
    while (rest.length && place(rest[0]!) < m.seq) out.push(rest.shift()!);
    out.push(m);
  }
  return [...out, ...rest];
}

function follows(before: Item | undefined, entry: Entry, me: string): boolean {
  if (!before || isEntry(before)) return !!before;
  return before.kind !== "system" && before.user === me && entry.at - before.createdAt < together;
}

function sameGroup(a: Item | undefined, b: Item | undefined): boolean {
  if (!a || !b || isEntry(a) || isEntry(b) || a.kind === "system" || b.kind === "system") return false;
  return a.user === b.user && b.createdAt - a.createdAt < together && dayKey(a.createdAt) === dayKey(b.createdAt);
}

// The comings, goings or removals that follow one another from item i on.
function crowdFrom(items: Item[], i: number): Chat[] {
  const start = items[i] as Chat;
  const run = [start];
  if (!(start.code! in many)) return run;
  for (const m of items.slice(i + 1)) {
    if (isEntry(m) || m.kind !== "system" || m.code !== start.code || m.args?.actor?.user !== start.args?.actor?.user || m.createdAt - start.createdAt > crowd) break;
    if (dayKey(m.createdAt) !== dayKey(start.createdAt)) break;
    run.push(m);
  }
  return run;
}

/** Whom a line is about, and who did it. */
const someone = (args: Named | undefined, lang: Lang) => nameOf(args ?? {}, lang);

export function systemText(m: Chat, title: string, lang: Lang): string {
  const name = someone(m.args, lang);
  switch (m.code) {
    case "join":
      return fill(texts["sys.join"], lang, { name });
    case "exit":
      return fill(texts["sys.exit"], lang, { name });
    case "owner":
      return fill(texts["sys.owner"], lang, { name });
    case "removed":
      return fill(texts["sys.removed"], lang, { name, actor: someone(m.args?.actor, lang) });
    case "named":
      return fill(texts["sys.named"], lang, { name, actor: someone(m.args?.actor, lang) });
    case "lifted":
      return fill(texts["sys.lifted"], lang, { name, actor: someone(m.args?.actor, lang) });
    case "unnamed":
      return fill(texts["sys.unnamed"], lang, { name });
    case "title":
      return fill(texts["sys.title"], lang, { name, title: m.args?.title ?? "" });
    case "max":
      return fill(texts["sys.max"], lang, { name, n: m.args?.n ?? 0 });
    case "slow":
      return m.args?.n ? fill(texts["sys.slow"], lang, { n: m.args.n }) : fill(texts["sys.slow.off"], lang);
    case "password":
    case "open":
    case "listed":
    case "unlisted":
    case "quiet":
    case "talk":
      return fill(changes[m.code], lang, { name });
    case "banned":
      return bannedText(m, name, lang);
    case "cleared":
      return fill(texts["sys.cleared"], lang, { name, actor: someone(m.args?.actor, lang), n: m.args?.n ?? 0 });
    case "created":
      return fill(texts["sys.created"], lang, { name, title: m.args?.title ?? title });
    default:
      return m.chat ?? "";
  }
}

function bannedText({ args, createdAt }: Chat, name: string, lang: Lang): string {
  const actor = someone(args?.actor, lang);
  const text = args?.until
    ? fill(texts["sys.bannedUntil"], lang, { name, actor, when: when(args.until, createdAt, lang) })
    : fill(texts["sys.banned"], lang, { name, actor });
  return args?.reason ? `${text} ${fill(texts["sys.reason"], lang, { reason: args.reason })}` : text;
}

function manyText(run: Chat[], lang: Lang): string {
  const people = new Set(run.map((m) => m.args?.user ?? m.seq));
  const name = someone(run[0]!.args, lang);
  if (people.size < 2) return systemText(run[0]!, "", lang);
  const key = many[run[0]!.code as keyof typeof many];
  return fill(texts[key], lang, { name, n: people.size - 1, actor: someone(run[0]!.args?.actor, lang) });
}
