import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fill } from "../src/i18n";
import { texts, type Text } from "../src/texts";

const all = Object.entries(texts) as [string, Text][];
const holes = (s: string) => [...s.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();
const english = (text: Text) => (typeof text[1] === "string" ? [text[1]] : [...text[1]]);

test.each(all)("%s has both languages with the same values", (_, text) => {
  expect(text[0]).not.toBe("");
  for (const form of english(text)) {
    expect(form).not.toBe("");
    expect(holes(form)).toEqual(holes(text[0]));
  }
});

test("no Korean sentence puts a particle behind a value", () => {
  for (const [key, [ko]] of all) expect(ko, key).not.toMatch(/\}(은|는|이|가|을|를|와|과|로|으로)(?![가-힣])/);
});

test("every text is used and every used text exists", () => {
  const code = readdirSync("src").filter((f) => /\.tsx?$/.test(f) && f !== "texts.ts").map((f) => readFileSync(`src/${f}`, "utf8")).join("\n");
  // Keys that are put together: the theme's names and the errors by their code.
  const unused = all.map(([key]) => key).filter((key) => !code.includes(`"${key}"`) && !/^(theme|err)\./.test(key));
  expect(unused).toEqual([]);
});

test("values fill, plurals choose", () => {
  expect(fill(texts["unread.pill"], "en", { n: 1 })).toBe("1 new message");
  expect(fill(texts["unread.pill"], "en", { n: 3 })).toBe("3 new messages");
  expect(fill(texts["unread.pill"], "ko", { n: 3 })).toBe("새 메시지 3개");
  expect(fill(["{a}{b}", "{a}{b}"], "ko", { a: "{b}", b: 1 })).toBe("{b}1");
});
