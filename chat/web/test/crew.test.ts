import { expect, test } from "vitest";
import { Crew } from "../src/crew";
import { Log } from "../src/log";
import type { Chat, Joined, Member, Role, Room } from "../src/wire";

const me: Member = { user: "#1", nameIdx: 1, hue: 0, shape: 0 };
const said = (seq: number, user: string, role?: Role): Chat => ({ user, nameIdx: 2, role, kind: "text", chat: "x", createdAt: 0, seq, rev: seq });
const line = (seq: number, code: string, user: string, actor?: string): Chat => ({
  ...{ user: "system", kind: "system", code, args: { user, nameIdx: 3, actor: actor ? { user: actor, nameIdx: 4 } : undefined } },
  ...{ createdAt: 0, seq, rev: seq },
});
const joined = (messages: Chat[], rev: number): Joined => ({ room: { count: 1 } as Room, me, members: [me], epoch: "e", rev, messages, reset: false, more: false });

function filled(...messages: Chat[]): { log: Log; crew: Crew; roles(): (Role | undefined)[] } {
  const log = new Log();
  const crew = new Crew(log, 1);
  log.reset(messages, "e", messages.length, false);
  crew.seat(joined(messages, messages.length));
  return { log, crew, roles: () => log.items.filter((m) => m.kind === "text").map((m) => m.role) };
}

test("a line of another role holds for what people who aren't here have said", () => {
  const { log, crew, roles } = filled(said(1, "#2"), said(2, "#3", "owner"), said(3, "#4", "moderator"));
  const tell = (m: Chat) => (log.add(m), crew.promote(m));
  tell(line(4, "named", "#2", "#3"));
  tell(line(5, "unnamed", "#4", "#3"));
  expect(roles()).toEqual(["moderator", "owner", undefined]);
  tell(line(6, "owner", "#2", "#3")); // handed over
  expect(roles()).toEqual(["owner", "moderator", undefined]);
  tell(line(7, "owner", "#4")); // the owner has been away for long
  expect(roles()).toEqual([undefined, "moderator", "owner"]);
});

test("so does one that one has missed", () => {
  const { log, crew, roles } = filled(said(1, "#2", "moderator"), said(2, "#3", "owner"));
  const missed = [line(3, "unnamed", "#2", "#3"), line(4, "named", "#1", "#3")];
  log.catchUp(missed, 4);
  crew.seat({ ...joined(missed, 4), me: { ...me, role: "moderator" }, members: [{ ...me, role: "moderator" }] });
  expect(roles()).toEqual([undefined, "owner"]);
  expect(crew.me!.role).toBe("moderator");
});
