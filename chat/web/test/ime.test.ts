import { expect, test } from "vitest";
import { inputSends, keySends, Once, type Key } from "../src/ime";

const key = (o: Partial<Key>): Key => ({ key: "Enter", keyCode: 13, isComposing: false, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...o });

test.each([
  ["Enter", {}, false, true],
  ["Shift+Enter", { shiftKey: true }, false, false],
  ["Alt+Enter", { altKey: true }, false, false],
  ["Enter on a touch keyboard", {}, true, false],
  ["Ctrl+Enter on a touch device", { ctrlKey: true }, true, true],
  ["Enter that ends a syllable (Chrome, Firefox)", { isComposing: true, keyCode: 229 }, false, false],
  ["Enter after compositionend (Safari)", { keyCode: 229 }, false, false],
  ["another key", { key: "a", keyCode: 65 }, false, false],
] as const)("keydown: %s", (_, o, touch, sends) => {
  expect(keySends(key(o), touch)).toBe(sends);
});

test.each([
  ["insertLineBreak", false, false, false, true],
  ["insertParagraph", false, false, false, true],
  ["insertLineBreak", true, false, false, false],
  ["insertLineBreak", false, true, false, false],
  ["insertLineBreak", false, false, true, false],
  ["insertText", false, false, false, false],
] as const)("beforeinput %s, composing %s, shift %s, touch %s", (type, composing, shift, touch, sends) => {
  expect(inputSends(type, composing, shift, touch)).toBe(sends);
});

test("two events of one press send once, two presses twice", () => {
  const once = new Once();
  expect([once.pass("가", 0), once.pass("가", 10), once.pass("나", 20), once.pass("나", 90)]).toEqual([true, false, true, true]);
});
