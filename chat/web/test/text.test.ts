import { beforeAll, expect, test } from "vitest";
import { pieces } from "../src/links";
import { excess, generated, initial, length, nameOf, setWords } from "../src/names";
import { ago, clock, day, dayKey, size } from "../src/time";

beforeAll(() => setWords({ ko: [["졸린", "배고픈"], ["수달", "고양이", "곰"]], en: [["Sleepy", "Hungry"], ["Otter", "Cat", "Bear"]] }));

test("a generated name is the same person in both languages", () => {
  expect([0, 1, 2, 5].map((i) => generated(i, "ko"))).toEqual(["졸린 수달", "배고픈 수달", "졸린 고양이", "배고픈 곰"]);
  expect(generated(5, "en")).toBe("Hungry Bear");
  expect(generated(6, "en")).toBe("");
});

test("a chosen name goes before no name, and a number before both", () => {
  expect(nameOf({ name: "하니" }, "en")).toBe("하니");
  expect(nameOf({ name: "졸린 수달", nameIdx: 0 }, "en")).toBe("Sleepy Otter");
  expect(nameOf({ name: "하니", nameIdx: 99 }, "ko")).toBe("하니");
  expect(nameOf({}, "ko")).toBe("?");
});

test("characters are counted as people count them", () => {
  expect(length("안녕 hi\n")).toBe(6);
  expect(length("👨‍👩‍👧‍👦")).toBe(1);
  expect(length("각".normalize("NFD"))).toBe(1);
  expect(length("e\u0301")).toBe(1);
  expect(initial("👩‍🚀 우주")).toBe("👩‍🚀");
  expect(initial("otter")).toBe("O");
});

const family = "👨‍👩‍👧‍👦"; // 25 bytes

test.each([
  ["plain", "안녕 hi", 10, 100, -5],
  ["characters over", "가".repeat(12), 10, 100, 2],
  ["just enough bytes", family.repeat(4), 10, 100, -6],
  ["bytes over", family.repeat(7), 10, 100, 3],
  ["one byte over", family.repeat(4) + "a", 10, 100, 1],
  ["both over", family.repeat(12), 10, 100, 8],
  ["parts of syllables count as composed", "한".normalize("NFD").repeat(30), 30, 90, 0],
  ["no limit of bytes", family.repeat(7), 10, undefined, -3],
])("what is too much: %s", (_, text, most, bytes, over) => {
  expect(excess(text, most, bytes)).toBe(over);
});

test("times in both languages", () => {
  const at = new Date(2026, 10, 20, 15, 7).getTime();
  expect(clock(at, "ko")).toBe("오후 3:07");
  expect(clock(at, "en")).toBe("3:07 PM");
  expect(day(at, "ko")).toBe("2026년 11월 20일 금요일");
  expect(day(at, "en")).toBe("Friday, November 20, 2026");
  expect(dayKey(at)).not.toBe(dayKey(at + 86_400_000));
});

test.each([
  [-5000, "방금", "just now"],
  [59_999, "방금", "just now"],
  [60_000, "1분 전", "1 min ago"],
  [3_600_000, "1시간 전", "1 h ago"],
  [3 * 86_400_000, "11월 17일", "November 17"],
])("%d ms ago", (gone, ko, en) => {
  const now = new Date(2026, 10, 20, 15, 7).getTime();
  expect([ago(now - gone, now, "ko"), ago(now - gone, now, "en")]).toEqual([ko, en]);
});

test("sizes", () => {
  expect([size(10), size(200 * 1024), size(5 << 20)]).toEqual(["1 KB", "200 KB", "5 MB"]);
});

test.each([
  ["그냥 글", []],
  ["https://a.kr 봐요", ["https://a.kr"]],
  ["(https://a.kr/x_(y))", ["https://a.kr/x_(y)"]],
  ["https://a.kr/x. 그리고 http://b.kr!", ["https://a.kr/x", "http://b.kr"]],
  ["https://a.kr에서 봐요", ["https://a.kr"]],
  ["https://ko.wikipedia.org/wiki/마당", ["https://ko.wikipedia.org/wiki/마당"]],
  ["javascript:alert(1) data:text/html,x https://", []],
  ['https://a.kr/"onmouseover=x', ["https://a.kr/"]],
  ["자료(https://a.kr/x)를 보세요", ["https://a.kr/x"]],
  ["(https://a.kr)에서", ["https://a.kr"]],
  ["[글](https://a.kr/x), [https://a.kr](https://b.kr/y)", ["https://a.kr/x", "https://a.kr", "https://b.kr/y"]],
  ["https://a.kr/x_(y)를, https://a.kr/x_(y)_z, http://[::1]:80에서", ["https://a.kr/x_(y)", "https://a.kr/x_(y)_z", "http://[::1]:80"]],
  ["{https://a.kr/x.}", ["https://a.kr/x"]],
  ["https://a.kr/)(x https://a.kr/y(자세히 보기)", ["https://a.kr/", "https://a.kr/y"]],
  ["https://a.kr/((x)[y])?z={1}.", ["https://a.kr/((x)[y])?z={1}"]],
  ["“https://a.kr/x” ‘https://a.kr/y’라고", ["https://a.kr/x", "https://a.kr/y"]],
  ["«https://a.kr/x» ‹https://a.kr/y›", ["https://a.kr/x", "https://a.kr/y"]],
  ...[..."，．）」。、！？：；】』》〉］｝｣､…"].map((end): [string, string[]] => [`https://a.kr/x${end}그리고`, ["https://a.kr/x"]]),
  ["https://a.kr/Ohm's_law 'https://a.kr/x'라고 ['https://a.kr/y','https://a.kr/z']", ["https://a.kr/Ohm's_law", "https://a.kr/x", "https://a.kr/y", "https://a.kr/z"]],
  ["https://a.kr/x~~ https://a.krㅋㅋ https://a.kr:8080에서", ["https://a.kr/x", "https://a.kr", "https://a.kr:8080"]],
  ["https://a.kr/~x/마당(건축)", ["https://a.kr/~x/마당(건축)"]],
])("links of %s", (text, found) => {
  const cut = pieces(text);
  expect(cut.flatMap((p) => p.href ?? [])).toEqual(found);
  expect(cut.map((p) => p.text).join("")).toBe(text);
});

test.each(["https://(", "https://a(x", "https://a'", "https://a(("])("a message of %s alone is cut at once", (text) => {
  const start = performance.now();
  pieces(text.repeat(2000 / text.length));
  pieces(text + "(".repeat(1000) + "x".repeat(1000));
  expect(performance.now() - start).toBeLessThan(1000);
});
