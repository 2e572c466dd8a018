import { beforeAll, expect, test } from "vitest";
import { transcript } from "../src/copy";
import { setWords } from "../src/names";
import type { Chat } from "../src/wire";

beforeAll(() => setWords({ ko: [["졸린"], ["수달"]], en: [["Sleepy"], ["Otter"]] }));

const at = new Date(2026, 10, 20, 15, 7).getTime();
const chat = (more: Partial<Chat>): Chat => ({ user: "#000001", nameIdx: 0, kind: "text", createdAt: at, seq: 1, rev: 1, ...more });

const file = (name: string) => ({ name, mime: "image/gif", w: 1, h: 1, bytes: 1, frames: 1 });

test("each message is one line with name, date, time and text", () => {
  const messages = [
    chat({ chat: "안녕" }),
    chat({ chat: "두\n\n  줄 ", name: "하니", nameIdx: undefined }),
    chat({ kind: "media", gif: "0f.gif", media: [file("0f.gif"), file("1f.gif")], createdAt: at + 36_000_000 }),
  ];
  expect(transcript(messages, "ko", "https://a.example")).toBe(
    "졸린 수달, 2026-11-20 15:07, 안녕\n하니, 2026-11-20 15:07, 두 줄\n졸린 수달, 2026-11-21 01:07, https://a.example/gif/0f.gif https://a.example/gif/1f.gif",
  );
  expect(transcript(messages.slice(0, 1), "en", "")).toBe("Sleepy Otter, 2026-11-20 15:07, 안녕");
});
