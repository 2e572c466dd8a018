import { beforeAll, expect, test } from "vitest";
import { Hidden } from "../src/hidden";
import { lines, type Line } from "../src/lines";
import { setWords } from "../src/names";
import type { Entry } from "../src/outbox";
import { firstUnread } from "../src/unread";
import type { Visit } from "../src/visit";
import type { Chat } from "../src/wire";
import { speak } from "./speak";

const at = new Date(2026, 10, 20, 15, 0).getTime();
let seq = 0;

beforeAll(() => setWords({ ko: [["졸린", "배고픈"], ["수달", "고양이"]], en: [["Sleepy", "Hungry"], ["Otter", "Cat"]] }));

function text(user: string, after: number, o: Partial<Chat> = {}): Chat {
  seq++;
  return { user, kind: "text", chat: "x", createdAt: at + after * 1000, seq, rev: seq, ...o };
}

function passage(code: "join" | "exit", i: number, after: number): Chat {
  return text("system", after, { kind: "system", code, args: { user: `#00000${i}`, nameIdx: i } });
}

const show = (items: Chat[], entries: Entry[] = [], lang: "ko" | "en" = "ko") => {
  speak(lang);
  return lines(items, entries, "#me", "방");
};
const texts = (l: Line[]) => l.flatMap((x) => (x.type === "system" ? [x.text] : []));
const flags = (l: Line[]) => l.flatMap((x) => (x.type === "message" ? [(x.first ? "f" : "") + (x.last ? "l" : "")] : []));

test("messages of one person within five minutes are one group", () => {
  expect(flags(show([text("#a", 0), text("#a", 60), text("#a", 359), text("#a", 700)]))).toEqual(["f", "", "l", "fl"]);
});

test("another person or a system line ends a group", () => {
  expect(flags(show([text("#a", 0), text("#b", 1), text("#b", 2), passage("exit", 1, 3), text("#b", 4)]))).toEqual(["fl", "f", "l", "fl"]);
});

test("each day begins with its line", () => {
  const days = show([text("#a", 0), text("#a", 10), text("#a", 86_400)]).filter((l) => l.type === "day");
  expect(days).toHaveLength(2);
});

test("two arrivals are two lines, three are one", () => {
  const two = [passage("join", 0, 0), passage("join", 1, 10)];
  expect(texts(show(two))).toEqual(["졸린 수달님이 입장하셨습니다.", "배고픈 수달님이 입장하셨습니다."]);
  expect(texts(show([...two, passage("join", 2, 20)]))).toEqual(["졸린 수달님 외 2명이 입장하셨습니다."]);
});

test("arrivals far apart, or of the other kind, stay apart", () => {
  expect(texts(show([passage("join", 0, 0), passage("join", 1, 30), passage("join", 2, 61)]))).toHaveLength(3);
  expect(texts(show([passage("join", 0, 0), passage("exit", 1, 1), passage("join", 2, 2)]))).toHaveLength(3);
});

test("twenty arrivals in ten seconds are one line, in English with its plural", () => {
  const crowd = Array.from({ length: 20 }, (_, i) => passage("join", i % 4, i / 2));
  expect(texts(show(crowd, [], "en"))).toEqual(["Sleepy Otter and 3 others joined."]);
});

test("the same person thrice is no crowd", () => {
  expect(texts(show([passage("exit", 1, 0), passage("exit", 1, 1), passage("exit", 1, 2)]))).toEqual(["배고픈 수달님이 퇴장하셨습니다."]);
});

test("whoever is back in a moment makes no line, whatever was said meanwhile", () => {
  const away = [passage("exit", 1, 0), passage("exit", 2, 1), text("#a", 2), text("#a", 3), passage("join", 1, 29)];
  expect(texts(show(away))).toEqual(["졸린 고양이님이 퇴장하셨습니다."]);
  expect(flags(show(away))).toEqual(["f", "l"]);
  expect(texts(show([...away, passage("exit", 1, 31), passage("join", 1, 61)]))).toHaveLength(3);
});

test("a short visit keeps its lines", () => {
  expect(texts(show([passage("join", 1, 0), passage("exit", 1, 5)]))).toHaveLength(2);
});

test("the owner's first coming is no line besides that of the opening", () => {
  const created = text("system", 0, { kind: "system", code: "created", args: { user: "#000001", nameIdx: 1, title: "방" } });
  expect(texts(show([created, passage("join", 1, 2)]))).toEqual(texts(show([created])));
  expect(texts(show([created, passage("join", 2, 2)]))).toHaveLength(2);
  expect(texts(show([created, passage("join", 1, 30)]))).toHaveLength(2);
});

test("an unknown system line keeps the server's sentence", () => {
  expect(texts(show([text("system", 0, { kind: "system", code: "later", chat: "새 소식" })]))).toEqual(["새 소식"]);
});

test("what waits stands at the end under its cid, until it has arrived", () => {
  const entry: Entry = { cid: "c1", text: "y", at: at + 1000, state: "sending" };
  const before = show([text("#me", 0)], [entry]);
  expect(before.at(-1)).toMatchObject({ type: "entry", key: "c1", first: false });
  const after = show([text("#me", 0), text("#me", 1, { cid: "c1" })], [entry]);
  expect(after.at(-1)).toMatchObject({ type: "message", key: "c1" });
  expect(after.filter((l) => l.key === "c1")).toHaveLength(1);
});

test("what was refused stays behind the message it came after, and what comes later stands below", () => {
  const [a, b, c] = [text("#a", 0), text("#a", 1), text("#a", 2)];
  const stuck: Entry = { cid: "c2", text: "y", at: at + 90_000, state: "rejected", after: a!.seq };
  const waiting: Entry = { cid: "c3", text: "z", at: at + 91_000, state: "sending" };
  const all = show([a!, b!, c!], [stuck, waiting]);
  const key = (m: Chat) => `s${m.seq}`;
  expect(all.flatMap((l) => (l.type === "day" ? [] : [l.key]))).toEqual([key(a!), "c2", key(b!), key(c!), "c3"]);
  // The name is said again below it, or b would look like one's own.
  expect(flags(all)).toEqual(["fl", "f", "l"]);
});

test("what was refused before the oldest message stands above it, and after the newest at the end", () => {
  const [a, b] = [text("#a", 0), text("#a", 1)];
  const old: Entry = { cid: "old", text: "y", at, state: "failed", after: a!.seq - 1 };
  const young: Entry = { cid: "young", text: "y", at, state: "failed", after: b!.seq };
  const keys = show([a!, b!], [young, old]).map((l) => l.key);
  expect([keys[0], keys.at(-1)]).toEqual(["old", "young"]);
});

test("what was refused parts a crowd", () => {
  const crowd = [0, 1, 2, 3, 4].map((i) => passage("join", i % 4, i));
  const stuck: Entry = { cid: "c4", text: "y", at, state: "rejected", after: crowd[2]!.seq };
  expect(texts(show(crowd, [stuck]))).toHaveLength(3);
});

test("changes of a name in a row are one line, and none when all is as before", () => {
  const nick = (after: number, was: string, now: string, user = "#a") =>
    text("system", after, { kind: "system", code: "nick", args: { user, name: now, was: { name: was }, now: { name: now } } });
  expect(texts(show([nick(0, "민수", "철수")]))).toEqual(["이름을 바꿨습니다: 민수 → 철수"]);
  expect(texts(show([nick(0, "a", "b"), nick(9, "b", "c")], [], "en"))).toEqual(["a is now c."]);
  expect(texts(show([nick(0, "a", "b"), nick(9, "b", "a")]))).toEqual([]);
  expect(texts(show([nick(0, "a", "b"), nick(9, "x", "y", "#b"), nick(70, "y", "z", "#b")]))).toHaveLength(3);
  expect(texts(show([text("system", 0, { kind: "system", code: "nick", args: { user: "#a", was: { nameIdx: 0 }, now: { nameIdx: 0, tag: "k3f9q2" } } })]))).toEqual([
    "이름을 바꿨습니다: 졸린 수달 → 졸린 수달 [k3f9q2]",
  ]);
});

test.each([
  ["ko", "이름을 바꿨습니다: \u2068דנה\u2069 → \u2068مريم\u2069", "민수님이 \u2068מירי\u2069님을 내보냈습니다."],
  ["en", "\u2068דנה\u2069 is now \u2068مريم\u2069.", "민수 removed \u2068מירי\u2069."],
] as const)("names that are written from right to left stand in their places, in %s", (lang, nick, removed) => {
  const items = [
    text("system", 0, { kind: "system", code: "nick", args: { user: "#a", was: { name: "דנה" }, now: { name: "مريم" } } }),
    text("system", 1, { kind: "system", code: "removed", args: { user: "#b", name: "מירי", actor: { user: "#a", name: "민수" } } }),
  ];
  expect(texts(show(items, [], lang))).toEqual([nick, removed]);
});

test("a line stands where one stopped reading, and ends the group", () => {
  const items = [text("#a", 0), text("#a", 1), text("#a", 2)];
  const rows = lines(items, [], "#me", "방", items[1]!.seq);
  expect(rows.map((l) => l.type)).toEqual(["day", "message", "unread", "message", "message"]);
  expect(flags(rows)).toEqual(["fl", "f", "l"]);
});

test("what one wrote, what is gone and what one hides isn't unread", () => {
  const hidden = new Hidden(null, "");
  const visit = { me: { user: "#me" }, hidden } as Visit;
  const items = [text("#a", 0), text("#me", 1), passage("join", 1, 2), text("#b", 3), text("#a", 4, { deleted: "author" }), text("#a", 5)];
  const since = items[0]!.seq;
  expect(firstUnread(items, since, visit, true)).toBe(items[3]!.seq);
  hidden.hide({ user: "#b" });
  expect(firstUnread(items, since, visit, true)).toBe(items[5]!.seq);
  expect(firstUnread(items, Infinity, visit, true)).toBe(0);
});

test("where the first unread message isn't known there is no line", () => {
  const visit = { me: { user: "#me" }, hidden: new Hidden(null, "") } as Visit;
  const items = [text("#a", 0), text("#a", 1)];
  expect(firstUnread(items, 0, visit, true)).toBe(0);
  expect(firstUnread(items, 0, visit, false)).toBe(items[0]!.seq);
});
