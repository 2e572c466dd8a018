// From messages to the lines of the timeline: days, system lines drawn together, groups of one
// person's messages.

import { fullName, nameOf } from "./names";
import { language, t } from "./i18n";
import { dayKey, moment as when } from "./time";
import type { Entry } from "./outbox";
import type { Chat, Named } from "./wire";

export type Line =
  | { type: "day"; key: string; at: number }
  | { type: "unread"; key: string }
  | { type: "system"; key: string; at: number; text: string }
  | { type: "message"; key: string; chat: Chat; mine: boolean; first: boolean; last: boolean }
  | { type: "entry"; key: string; entry: Entry; first: boolean };

const together = 5 * 60_000;
/** Comings and goings within this time make one line, from the third on. */
const crowd = 60_000;
const crowdSize = 3;
const changes = {
  password: "sys.password",
  open: "sys.open",
  listed: "sys.listed",
  unlisted: "sys.unlisted",
  quiet: "sys.quiet",
  talk: "sys.talk",
} as const;
/** Lines that make one, and its words. */
const many = { join: "sys.joinMany", exit: "sys.exitMany", removed: "sys.removedMany" } as const;
/** Whoever is back within this time, or in the room just opened, makes no line. */
const moment = 30_000;

/** A message keeps its cid as its key from the outbox on, so that nothing jumps when it arrives. */
export const keyOf = (m: Chat) => m.cid ?? `s${m.seq}`;

type Item = Chat | Entry;

/** unread: the message before which one stopped reading, by seq. */
export function lines(messages: Chat[], entries: Entry[], me: string, title: string, unread = 0): Line[] {
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
    if (m.seq === unread) out.push({ type: "unread", key: "unread" });
    if (m.kind === "system") {
      const run = crowdFrom(items, i);
      if (m.code === "nick") {
        const now = run.at(-1)!.args?.now ?? {};
        const text = nickText(m.args?.was ?? {}, now);
        if (text) out.push({ type: "system", key: keyOf(m), at: m.createdAt, text });
        i += run.length - 1;
      } else if (run.length >= crowdSize) {
        out.push({ type: "system", key: keyOf(m), at: m.createdAt, text: manyText(run) });
        i += run.length - 1;
      } else {
        out.push({ type: "system", key: keyOf(m), at: m.createdAt, text: systemText(m, title) });
      }
      continue;
    }
    out.push({
      type: "message",
      key: keyOf(m),
      chat: m,
      mine: m.user === me,
      first: m.seq === unread || !sameGroup(items[i - 1], m),
      last: seqOf(items[i + 1]) === unread || !sameGroup(m, items[i + 1]),
    });
  }
  return out;
}

const seqOf = (item: Item | undefined) => (item && !isEntry(item) ? item.seq : -1);

const isEntry = (item: Item): item is Entry => "state" in item;

// The messages without the goings and comings that changed nothing.
function lasting(messages: Chat[]): Chat[] {
  const last = new Map<string, Chat>();
  const idle = new Set<Chat>();
  for (const m of messages) {
    const user = m.kind === "system" && m.args?.user;
    if (!user || m.code === "nick") continue;
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

// The comings, goings or removals that follow one another from item i on, or one person's changes of name.
function crowdFrom(items: Item[], i: number): Chat[] {
  const start = items[i] as Chat;
  const run = [start];
  if (!(start.code! in many) && start.code !== "nick") return run;
  for (const m of items.slice(i + 1)) {
    if (isEntry(m) || m.kind !== "system" || m.code !== start.code || m.args?.actor?.user !== start.args?.actor?.user || m.createdAt - start.createdAt > crowd) break;
    if (dayKey(m.createdAt) !== dayKey(start.createdAt) || (m.code === "nick" && m.args?.user !== start.args?.user)) break;
    run.push(m);
  }
  return run;
}

/** Whom a line is about, and who did it. */
const someone = (args: Named | undefined) => nameOf(args ?? {}, language.now);

export function systemText(m: Chat, title: string): string {
  const name = someone(m.args);
  switch (m.code) {
    case "join":
      return t("sys.join", { name });
    case "exit":
      return t("sys.exit", { name });
    case "owner":
      return t("sys.owner", { name });
    case "removed":
      return t("sys.removed", { name, actor: someone(m.args?.actor) });
    case "named":
      return t("sys.named", { name, actor: someone(m.args?.actor) });
    case "lifted":
      return t("sys.lifted", { name, actor: someone(m.args?.actor) });
    case "unnamed":
      return t("sys.unnamed", { name });
    case "title":
      return t("sys.title", { name, title: m.args?.title ?? "" });
    case "max":
      return t("sys.max", { name, n: m.args?.n ?? 0 });
    case "slow":
      return m.args?.n ? t("sys.slow", { n: m.args.n }) : t("sys.slow.off");
    case "password":
    case "open":
    case "listed":
    case "unlisted":
    case "quiet":
    case "talk":
      return t(changes[m.code], { name });
    case "banned":
      return bannedText(m, name);
    case "cleared":
      return t("sys.cleared", { name, actor: someone(m.args?.actor), n: m.args?.n ?? 0 });
    case "created":
      return t("sys.created", { name, title: m.args?.title ?? title });
    case "nick":
      return nickText(m.args?.was ?? {}, m.args?.now ?? {});
    default:
      return m.chat ?? "";
  }
}

// Nothing, when somebody is called as before.
function nickText(was: Named, now: Named): string {
  const [before, after] = [fullName(was, language.now), fullName(now, language.now)];
  return before === after ? "" : t("sys.nick", { old: before, new: after });
}

function bannedText({ args, createdAt }: Chat, name: string): string {
  const actor = someone(args?.actor);
  const text = args?.until
    ? t("sys.bannedUntil", { name, actor, when: when(args.until, createdAt, language.now) })
    : t("sys.banned", { name, actor });
  return args?.reason ? `${text} ${t("sys.reason", { reason: args.reason })}` : text;
}

function manyText(run: Chat[]): string {
  const people = new Set(run.map((m) => m.args?.user ?? m.seq));
  const name = someone(run[0]!.args);
  if (people.size < 2) return systemText(run[0]!, "");
  const key = many[run[0]!.code as keyof typeof many];
  return t(key, { name, n: people.size - 1, actor: someone(run[0]!.args?.actor) });
}
