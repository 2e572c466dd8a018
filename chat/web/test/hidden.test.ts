import { expect, test } from "vitest";
import { Hidden } from "../src/hidden";

function store(first: Record<string, string> = {}) {
  const all = new Map(Object.entries(first));
  return { all, getItem: (k: string) => all.get(k) ?? null, setItem: (k: string, v: string) => void all.set(k, v), removeItem: (k: string) => void all.delete(k) };
}

test("who is hidden stays so, for one identity and room", () => {
  const s = store();
  const hidden = new Hidden(s, "hidden:me:r");
  let told = 0;
  hidden.watch(() => told++);
  hidden.hide({ user: "#1", nameIdx: 3 });
  hidden.hide({ user: "#2", name: "밥" });
  hidden.hide({ user: "#1", nameIdx: 3 });
  expect(told).toBe(3);
  const again = new Hidden(s, "hidden:me:r");
  expect(again.people).toEqual([{ user: "#2", name: "밥" }, { user: "#1", nameIdx: 3 }]);
  expect(new Hidden(s, "hidden:other:r").people).toEqual([]);
  again.show("#1");
  again.show("#2");
  expect(s.all.size).toBe(0);
  expect(again.has("#1")).toBe(false);
});

test("two tabs keep whom the other hides and shows", () => {
  const s = store();
  const [a, b] = [new Hidden(s, "k"), new Hidden(s, "k")];
  a.hide({ user: "#1" });
  expect(b.people.map((p) => p.user)).toEqual(["#1"]);
  a.hide({ user: "#2" });
  b.hide({ user: "#3" });
  a.show("#1");
  expect(new Hidden(s, "k").people.map((p) => p.user)).toEqual(["#2", "#3"]);
});

test("what can't be read or kept is no failure", () => {
  expect(new Hidden(store({ k: "{" }), "k").people).toEqual([]);
  expect(new Hidden(store({ k: '[{"name":1}]' }), "k").people).toEqual([]);
  const full = { ...store(), setItem() { throw new Error("full"); } };
  const hidden = new Hidden(full, "k");
  hidden.hide({ user: "#1" });
  hidden.hide({ user: "#2" });
  expect([hidden.has("#1"), hidden.has("#2")]).toEqual([true, true]);
  expect(new Hidden(null, "k").has("#1")).toBe(false);
});
