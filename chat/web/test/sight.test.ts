import { expect, test } from "vitest";
import { jumbo, visible } from "../src/sight";

test.each([
  ["", false],
  [" \n\t\u3000", false],
  ["\u200b", false],
  ["\u3164\u115f\u1160\uffa0\u2800", false],
  ["\u202e\ufeff\u2060\u00ad", false],
  ["\u0301\u20dd\ufe0f", false],
  ["\u200b.\u200b", true],
  ["ㅋ", true],
  ["e\u0301", true],
  ["👩‍🚀", true],
  ["🇰🇷", true],
])("%j shows something: %s", (text, shown) => {
  expect(visible(text)).toBe(shown);
});

const england = "🏴󠁧󠁢󠁥󠁮󠁧󠁿";

test.each([
  ["👋", true],
  ["❤️", true],
  ["👋🏽", true],
  ["👨‍👩‍👧‍👦", true],
  ["🏳️‍🌈", true],
  ["🧑🏽‍❤️‍💋‍🧑🏿".repeat(3), true],
  ["🇰🇷", true],
  ["🇰🇷🇯🇵🇩🇪", true],
  [england.repeat(3), true],
  ["1️⃣", true],
  ["#️⃣*️⃣0⃣", true],
  ["🇰🇷👋1️⃣", true],
  ["👋👋👋👋", false],
  ["🇰🇷🇯🇵🇩🇪🇫🇷", false],
  ["🇰", false],
  ["🇰🇷🇯", false],
  ["1", false],
  ["123", false],
  ["#", false],
  ["1️", false],
  ["\u200d", false],
  ["🏽", false],
  ["👋 네", false],
  ["네", false],
  ["", false],
])("%j is drawn large: %s", (text, large) => {
  expect(jumbo(text)).toBe(large);
});
