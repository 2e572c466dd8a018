import { expect, test, vi } from "vitest";
import type { Visit } from "../src/visit";
import type { Chat, Member } from "../src/wire";

vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener() {} }));
vi.mock("../src/later", () => ({}));
vi.mock("../src/sure", () => ({}));
vi.mock("../src/jump", () => ({}));
vi.mock("../src/menu", () => ({}));

const { authorOf } = await import("../src/topic");
const { over } = await import("../src/acts");

const said = (more: Partial<Chat>): Chat => ({ user: "#000002", name: "민수", kind: "text", chat: "x", createdAt: 1, seq: 2, rev: 2, ...more });
const member = (more: Partial<Member>): Member => ({ user: "#000002", nameIdx: 1, hue: 0, shape: 0, ...more });
const visit = (...members: Member[]) => ({ members, room: { owner: "#000001" } }) as unknown as Visit;

test("who isn't here is what the message tells", () => {
  expect(authorOf(visit(), said({ role: "moderator", tag: "k3f9q2" }))).toMatchObject({ user: "#000002", name: "민수", role: "moderator", tag: "k3f9q2" });
  expect(authorOf(visit(), said({})).role).toBeUndefined();
  // Who is here is as the room knows that one now.
  expect(authorOf(visit(member({ nameIdx: 7 })), said({ role: "moderator" }))).toEqual(member({ nameIdx: 7 }));
});

test("nobody is in charge of a moderator who isn't here but the owner", () => {
  const absent = authorOf(visit(), said({ role: "moderator" }));
  expect(over(member({ role: "moderator" }), absent)).toBe(false);
  expect(over(member({ role: "owner" }), absent)).toBe(true);
  expect(over(member({ role: "moderator" }), authorOf(visit(), said({ role: "owner" })))).toBe(false);
});
