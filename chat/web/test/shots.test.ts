import { expect, test } from "vitest";
import { withPictures } from "../src/shots";
import type { Chat } from "../src/wire";

const says = (seq: number, more: Partial<Chat> = {}): Chat => ({ user: "#1", kind: "media", media: [], createdAt: 0, seq, rev: seq, ...more });
const hidden = { has: (user: string) => user === "#hidden" };
const seqs = (items: Chat[], chosen: Chat) => withPictures(items, chosen, hidden).map((m) => m.seq);

test("the pictures of a conversation are those that one sees there, in their order", () => {
  const items = [says(1), says(2, { kind: "text" }), says(3, { deleted: { by: "owner" } as never }), says(4, { user: "#hidden" }), says(5), says(6)];
  expect(seqs(items, items[4]!)).toEqual([1, 5, 6]);
});

test("the chosen picture is among them as it was chosen, also when it has gone meanwhile", () => {
  const chosen = says(5, { media: [{ mime: "image/gif" } as never] });
  for (const items of [[], [says(1), says(9)], [says(1), says(5, { media: undefined, deleted: {} as never }), says(9)]]) {
    const all = withPictures(items, chosen, hidden);
    expect(all.find((m) => m.seq === 5)).toBe(chosen);
    expect(all.map((m) => m.seq)).toEqual(items.length ? [1, 5, 9] : [5]);
  }
});
