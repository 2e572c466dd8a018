import { existsSync, readdirSync, readFileSync } from "node:fs";
import { afterEach, expect, test, vi } from "vitest";
import { Failure } from "../src/failure";
import { fill, sayFailure } from "../src/i18n";
import type { Text } from "../src/texts";
import { en as enFirst } from "../src/texts/en";
import { later as enLater } from "../src/texts/enlater";
import { ko as koFirst } from "../src/texts/ko";
import { later as koLater } from "../src/texts/kolater";
import { speak } from "./speak";

afterEach(() => void vi.useRealTimers());

const ko = { ...koFirst, ...koLater };
const en = { ...enFirst, ...enLater };
const keys = Object.keys(ko) as (keyof typeof ko)[];
const holes = (s: string) => [...s.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();
const forms = (text: Text) => (typeof text === "string" ? [text] : [...text]);

test("both languages have the same keys, in the same order", () => {
  expect(Object.keys(en)).toEqual(keys);
});

test.each(keys)("%s has both languages with the same values", (key) => {
  for (const form of [...forms(ko[key]), ...forms(en[key])]) {
    expect(form).not.toBe("");
    expect(holes(form)).toEqual(holes(forms(ko[key])[0]!));
  }
});

test("no Korean sentence puts a particle behind a value", () => {
  for (const key of keys) expect(ko[key], key).not.toMatch(/\}(은|는|이|가|을|를|와|과|로|으로)(?![가-힣])/);
});

test("every text is used and every used text exists", () => {
  const code = readdirSync("src").filter((f) => /\.tsx?$/.test(f) ).map((f) => readFileSync(`src/${f}`, "utf8")).join("\n");
  // Keys that are put together: the names of themes and spans, the errors by code, the limits by name.
  const unused = keys.filter((key) => !code.includes(`"${key}"`) && !/^(theme|err|limit|life|history|settings\.life)\./.test(key));
  expect(unused).toEqual([]);
});

// What a file imports before it runs.
function imports(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, name] of readFileSync(`src/${file}`, "utf8").matchAll(/^import (?!type )[^;]*?"\.\/([\w/]+)";/gm)) {
    const next = [`${name}.ts`, `${name}.tsx`].find((f) => existsSync(`src/${f}`));
    if (next) imports(next, found);
  }
  return found;
}

test("the first view says nothing that is loaded later", () => {
  const views = [...readFileSync("src/later.tsx", "utf8").matchAll(/= page\(\(\) => import\("\.\/(\w+)"\)/g)].map((m) => `${m[1]}.tsx`);
  expect(views).toContain("room.tsx");
  const files = new Set(["main.tsx", ...views].flatMap((f) => [...imports(f)]));
  expect([...files]).toContain("composer.tsx");
  for (const file of files) {
    const code = readFileSync(`src/${file}`, "utf8");
    expect(Object.keys(koLater).filter((key) => code.includes(`"${key}"`)), file).toEqual([]);
  }
});

test("values fill, plurals choose", () => {
  expect(fill(en["unread.pill"], { n: 1 })).toBe("1 new message");
  expect(fill(en["unread.pill"], { n: 3 })).toBe("3 new messages");
  expect(fill(ko["unread.pill"], { n: 3 })).toBe("새 메시지 3개");
  expect(fill("{a}{b}", { a: "{b}", b: 1 })).toBe("{b}1");
});

// Those of the server that refuse something: rows with a code.
const limits = [...readFileSync("../../docs/chat/limits.md", "utf8").matchAll(/^\| `([\w-]+)` \| [^|]+ \| [A-Z_]+ \|/gm)].map((row) => row[1]!);

test("each limit of the server has its sentence, and no other has", () => {
  expect(limits).toContain("rooms-per-identity");
  const told = keys.filter((key) => key.startsWith("limit."));
  expect(told.sort()).toEqual(limits.map((name) => `limit.${name}`).sort());
});

test.each(limits)("%s is told in both languages without a hole", (limit) => {
  for (const lang of ["ko", "en"] as const) {
    speak(lang);
    for (const retryAfterMs of [undefined, 9000]) {
      const said = sayFailure(new Failure({ code: "RATE_LIMITED", limit, n: 5, retryAfterMs }));
      expect(said).not.toMatch(/[{}]|undefined|NaN/);
      expect(said).not.toBe(sayFailure(new Failure({ code: "RATE_LIMITED", retryAfterMs })));
    }
  }
});

// What one doesn't wait for: messages follow by themselves, and windows connect when others close.
const without = ["send-per-second", "address-sends-per-second", "room-per-second", "sockets-per-identity", "sockets-per-address"];
const rates = [...readFileSync("../../docs/chat/limits.md", "utf8").matchAll(/^\| `([\w-]+)` \| [^|]+ \| RATE_LIMITED \|/gm)].map((row) => row[1]!);

test.each(rates.filter((limit) => !without.includes(limit)))("%s counts down", (limit) => {
  for (const [lang, in9] of [["ko", "9초 뒤에"], ["en", "in 9 s"]] as const) {
    speak(lang);
    expect(sayFailure(new Failure({ code: "RATE_LIMITED", limit, n: 5, retryAfterMs: 9000 }))).toContain(in9);
  }
});

const codes = [...readFileSync("../errors.go", "utf8").matchAll(/^\t\w+ +Code = "([A-Z_]+)"/gm)].map((row) => row[1]!);

test("every code of the server is told in words, the page's or the server's", () => {
  expect(codes.length).toBeGreaterThan(25);
  for (const lang of ["ko", "en"] as const) {
    speak(lang);
    for (const code of codes) {
      for (const retryAfterMs of [undefined, 9000]) {
        const said = sayFailure(new Failure({ code, message: "words of the server", retryAfterMs }));
        expect(said, code).not.toMatch(/[{}]|undefined|NaN|^$/);
        if (lang === "ko" && said !== "words of the server") expect(said, code).toMatch(/[가-힣]/);
      }
    }
  }
});

test("a limit counts down to now", () => {
  vi.useFakeTimers();
  speak("en");
  const guesses = new Failure({ code: "RATE_LIMITED", limit: "guesses", n: 10, retryAfterMs: 178_500 });
  const said = () => sayFailure(guesses).replace("10 guesses at most. Try again ", "");
  expect(said()).toBe("in 3 min.");
  vi.advanceTimersByTime(90_000);
  expect(said()).toBe("in 89 s.");
  vi.advanceTimersByTime(90_000);
  expect(said()).toBe("now.");
  speak("ko");
  const day = new Failure({ code: "RATE_LIMITED", limit: "upload-day", n: 50, retryAfterMs: 5 * 3_600_000 });
  expect(sayFailure(day)).toBe("사진은 하루에 50 MB까지 올릴 수 있어요. 5시간 뒤에 다시 올릴 수 있어요.");
});

test("a limit without a sentence is told by its code, an unknown code by the server", () => {
  speak("en");
  expect(sayFailure(new Failure({ code: "RATE_LIMITED", limit: "searches", n: 1 }))).toBe("Too fast. Try again shortly.");
  expect(sayFailure(new Failure({ code: "BAD_TITLE", message: "Give the room a name." }))).toBe("Give the room a name.");
});
