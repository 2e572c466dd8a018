import { expect, test } from "vitest";
import { Sheets } from "../src/sheets";

/** A history whose steps take a task, as a browser's do. */
class Past {
  entries: unknown[] = [null];
  at = 0;
  moved = () => {};

  get state(): unknown {
    return this.entries[this.at];
  }

  pushState(state: unknown): void {
    this.entries.splice(++this.at, Infinity, state);
  }

  go(by = 0): void {
    setTimeout(() => {
      this.at += by;
      this.moved();
    });
  }
}

const settled = async () => {
  for (let i = 0; i < 5; i++) await new Promise((done) => setTimeout(done));
};

function page() {
  const past = new Past();
  const sheets = new Sheets(past);
  past.moved = () => sheets.moved();
  const closed: string[] = [];
  const open = (name: string) => {
    const gone = sheets.add(() => {
      closed.push(name);
      gone();
    });
    return gone;
  };
  return { past, sheets, closed, open };
}

test("Back closes the upper sheet alone", async () => {
  const { past, closed, open } = page();
  open("people");
  await settled();
  open("sure");
  await settled();
  expect(past.at).toBe(2);
  past.go(-1);
  await settled();
  expect([past.at, closed]).toEqual([1, ["sure"]]);
  past.go(-1);
  await settled();
  expect([past.at, closed]).toEqual([0, ["sure", "people"]]);
});

test("a sheet that is closed takes its entry away", async () => {
  const { past, closed, open } = page();
  for (let i = 0; i < 3; i++) {
    const gone = open("picture");
    await settled();
    expect(past.at).toBe(1);
    gone();
    await settled();
    expect(past.at).toBe(0);
  }
  expect(past.entries).toHaveLength(2);
  expect(closed).toEqual([]);
});

test("two that close together take both entries away", async () => {
  const { past, closed, open } = page();
  const gone = [open("people"), open("sure")];
  await settled();
  expect(past.at).toBe(2);
  for (const f of gone) f();
  await settled();
  expect([past.at, closed]).toEqual([0, []]);
});

test("one that opens while another's entry is taken away gets its own", async () => {
  const { past, closed, open } = page();
  const gone = open("picture");
  await settled();
  gone();
  await Promise.resolve(); // the step back is under way
  open("people");
  await settled();
  expect([past.at, past.entries.length, closed]).toEqual([1, 2, []]);
  past.go(-1);
  await settled();
  expect(closed).toEqual(["people"]);
});

test("an entry without its sheet is stepped back from", async () => {
  const { past, sheets, closed, open } = page();
  past.pushState({ sheets: 1 });
  sheets.settle(); // after a reload
  await settled();
  expect(past.at).toBe(0);
  past.go(1); // Forward
  await settled();
  expect(past.at).toBe(0);
  open("people");
  await settled();
  past.go(-1);
  await settled();
  expect([past.at, closed]).toEqual([0, ["people"]]);
});
