import { beforeEach, expect, test, vi } from "vitest";
import { Earlier } from "../src/earlier";
import { linked } from "../src/jump";
import { Log } from "../src/log";
import type { Visit } from "../src/visit";
import type { Chat, Joined, Renamed } from "../src/wire";
import { speak } from "./speak";

vi.mock("../src/page", () => ({ pathOf: () => "/room/r" }));
vi.mock("../src/top", () => ({ plainClick: () => true }));
speak("en");

const chat = (seq: number): Chat => ({ user: "#1", name: "kim", kind: "text", chat: `m${seq}`, createdAt: seq, seq, rev: seq });
const chats = (from: number, to: number) => Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => chat(from + i));
const seqs = (log: Log | null) => log && [log.items[0]?.seq, log.items.at(-1)?.seq, log.items.length];

/** A room of 1000 messages; the visit has the last fifty. */
let newest: number;
let visit: { log: Log; stage: string; show: ReturnType<typeof vi.fn>; act: ReturnType<typeof vi.fn> };
let earlier: Earlier;

beforeEach(() => {
  newest = 1000;
  const log = new Log();
  log.reset(chats(951, 1000), "e", 1000, true);
  visit = {
    log,
    stage: "live",
    show: vi.fn(),
    act: vi.fn(async (_: string, { before = newest + 1, after, limit }: { before?: number; after?: number; limit: number }) => {
      const all = after === undefined ? chats(Math.max(1, before - limit), Math.min(before - 1, newest)) : chats(after + 1, Math.min(after + limit, newest));
      return { messages: all, more: all[0]!.seq > 1, rev: newest };
    }),
  };
  earlier = new Earlier(visit as unknown as Visit);
});

test("a message that is loaded is gone to without a request", async () => {
  await earlier.go(960);
  expect([earlier.target, earlier.part, visit.act.mock.calls.length]).toEqual([{ seq: 960 }, null, 0]);
});

test("an old message comes with what is around it, and what is new is there when one goes back", async () => {
  await earlier.go(500);
  expect([earlier.target?.seq, seqs(earlier.log)]).toEqual([500, [476, 525, 50]]);
  visit.log.add(chat(1001));
  expect(seqs(earlier.log)).toEqual([476, 525, 50]);
  await earlier.read();
  await earlier.readNewer();
  expect(seqs(earlier.log)).toEqual([426, 575, 150]);
  await earlier.go(430);
  await earlier.go(520);
  expect(visit.act).toHaveBeenCalledTimes(3);
  earlier.leave();
  expect([earlier.part, seqs(earlier.log)]).toEqual([null, [951, 1001, 51]]);
});

test("pages that reach the newest join them", async () => {
  await earlier.go(900);
  expect(seqs(earlier.part)).toEqual([876, 925, 50]);
  await earlier.readNewer();
  expect([earlier.part, seqs(visit.log)]).toEqual([null, [876, 1000, 125]]);
  expect(visit.log.more).toBe(true);
  await earlier.go(870);
  expect([earlier.part, seqs(visit.log)]).toEqual([null, [846, 1000, 155]]);
});

test("the first message, and those beyond either end", async () => {
  await earlier.go(1);
  expect([seqs(earlier.part), earlier.part!.more]).toEqual([[1, 26, 26], false]);
  visit.log.forget(21);
  earlier.keep(21);
  expect(seqs(earlier.part)).toEqual([21, 26, 6]);
  await earlier.go(5);
  await earlier.go(5000);
  expect(visit.show.mock.calls.map(([n]) => n.message)).toEqual(["That message was too old and is gone.", "There is no such message in this room."]);
  visit.log.forget(100);
  earlier.keep(100);
  expect(earlier.part).toBe(null);
});

test("deletions, names and a return concern the part in view too", async () => {
  await earlier.go(500);
  earlier.forget({ room: "r", seq: 500, rev: 1001, deleted: "author" });
  expect(earlier.log.items.find((m) => m.seq === 500)).toMatchObject({ deleted: "author", chat: undefined });
  earlier.renamed({ user: "#1", rev: 1002, member: { user: "#1", name: "lee", hue: 0, shape: 0 } } as Renamed);
  expect(earlier.log.items[0]!.name).toBe("lee");
  const back = { members: [], room: { first: 1 }, rev: 1010, messages: [{ ...chat(501), rev: 1003, deleted: "charge" }, chat(1004)] } as unknown as Joined;
  earlier.welcomed(back, false);
  expect([seqs(earlier.log), earlier.log.items.find((m) => m.seq === 501)!.deleted]).toEqual([[476, 525, 50], "charge"]);
  earlier.welcomed(back, true);
  expect(earlier.part).toBe(null);
});

test("a message that was deleted while its page came stays so", async () => {
  await earlier.go(500);
  earlier.forget({ room: "r", seq: 530, rev: 1001, deleted: "author" });
  await earlier.readNewer();
  expect(earlier.log.items.find((m) => m.seq === 530)).toMatchObject({ deleted: "author", chat: undefined });
});

test("fragments name messages", () => {
  expect(["#m-12", "#m-0", "#m-", "#m-1x", "#x", "", "#m-1234567890123456"].map(linked)).toEqual([12, 0, 0, 0, 0, 0, 0]);
});
