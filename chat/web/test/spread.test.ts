// With the real client: what it makes of the pauses that it is told.
import { expect, test, vi } from "vitest";
import { Net } from "../src/socket";

type Inside = { manager: { backoff: { duration(): number; reset(): void } } };

/** How long the client would wait before its first attempt. */
function wait(net: Net): number {
  const { backoff } = (net as unknown as Inside).manager;
  backoff.reset();
  return backoff.duration();
}

test("after a restart no second of the three has more than its third of the pages", () => {
  vi.stubGlobal("addEventListener", () => {});
  const net = new Net();
  expect(wait(net)).toBeGreaterThanOrEqual(500);
  const all = 30_000;
  const seconds = [0, 0, 0];
  for (let n = 0; n < all; n++) {
    for (const hear of net.chat.listeners("notice")) hear({ level: "info", message: "", code: "RESTART" });
    seconds[Math.floor(wait(net) / 1000)]!++;
  }
  expect(seconds.length).toBe(3);
  expect(Math.max(...seconds) / all).toBeLessThan(0.35);
  vi.unstubAllGlobals();
});
