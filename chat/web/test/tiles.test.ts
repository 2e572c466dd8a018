import { expect, test, vi } from "vitest";
import { leftText } from "../src/tiles";
import { speak } from "./speak";

vi.mock("../src/page", () => ({ data: { limits: {} } }));

const MB = 1024 * 1024;
const now = 1_800_000_000_000;

test.each([
  ["plenty is left", 40, 1, "", ""],
  ["no limit", 0, 1, "", "", 0],
  ["a fifth is left", 10, 1, "오늘 9 MB만큼 더 올릴 수 있어요.", "You can send 9 MB more today."],
  ["what is chosen counts", 15, 6, "오늘 9 MB만큼 더 올릴 수 있어요.", "You can send 9 MB more today."],
  ["too little", 4, 5, "오늘은 4 MB만 남아서 모자라요. 다 올리려면 29분 뒤에 보내 주세요.", "Only 4 MB of today's pictures are left, too little for these. They can go in 29 min."],
  ["nothing", 0, 5, "오늘 올릴 수 있는 사진을 다 올렸어요. 3시간 뒤에 보낼 수 있어요.", "Today's pictures are used up. These can go in 3 h."],
])("the day's pictures: %s", (_, left, bytes, ko, en, most = 50) => {
  for (const [lang, text] of [["ko", ko], ["en", en]] as const) {
    speak(lang);
    expect(leftText({ left: left * MB, most: most * MB }, bytes * MB, now)).toBe(text);
  }
});
