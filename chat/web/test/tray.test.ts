import { beforeAll, beforeEach, expect, test, vi } from "vitest";
import { refuseDrops } from "../src/drop";
import { pastedFiles, Tray } from "../src/tray";
import { speak } from "./speak";

vi.mock("../src/page", () => ({ data: { limits: { upload: 1000, side: 4096, pictures: 4, alt: 10 } } }));

beforeAll(() => speak("ko"));

beforeEach(() => {
  let n = 0;
  vi.stubGlobal("URL", { createObjectURL: () => `blob:${n++}`, revokeObjectURL() {} });
  vi.stubGlobal("Image", class {
    naturalWidth = 10;
    naturalHeight = 10;
    decode = async () => {};
  });
});

const gif = (name: string, bytes = 1) => new File([new Uint8Array(bytes)], name, { type: "image/gif" });
const pdf = new File(["x"], "a.pdf", { type: "application/pdf" });
const many = "한 번에 4장까지예요";
const badType = "GIF, PNG, JPEG, WebP만 올릴 수 있어요";

test.each([
  ["too many", [1, 2, 3, 4, 5, 6].map((n) => gif(`${n}.gif`)), 4, many],
  ["another type beside a full tray", [..."1234"].map((n) => gif(n)).concat(pdf), 4, badType],
  ["both", [..."12345"].map((n) => gif(n)).concat(pdf, pdf), 4, `${many} · ${badType}`],
  ["too large", [gif("1.gif", 1001), gif("2.gif")], 1, "1 KB까지 올릴 수 있어요 (지금 1 KB)"],
  ["all taken", [gif("1.gif")], 1, ""],
])("the tray says why it takes no more: %s", async (_, files, taken, error) => {
  const tray = new Tray();
  await tray.add(files);
  expect([tray.pictures.length, tray.error]).toEqual([taken, error]);
});

const clipboard = (text: string, ...files: File[]) => ({ files, getData: () => text }) as unknown as DataTransfer;

test.each([
  ["a picture", clipboard("", gif("image.png")), 1],
  ["a text", clipboard("안녕"), 0],
  ["a text and a picture of it", clipboard("표\t1\n2", gif("image.png")), 0],
  ["files with their names", clipboard("a.gif\rb.gif", gif("a.gif"), gif("b.gif")), 2],
  ["a file with its path", clipboard("/사진/가.gif\n", gif("가.gif".normalize("NFD"))), 1],
])("a paste of %s", (_, data, taken) => {
  expect(pastedFiles(data)).toHaveLength(taken);
});

function drag(type: string, ...types: string[]) {
  const transfer = { types, dropEffect: "copy" };
  return Object.assign(new Event(type, { cancelable: true }), { dataTransfer: transfer });
}

test("files that nobody takes don't replace the page", () => {
  const page = new EventTarget();
  refuseDrops(page);
  for (const type of ["dragover", "drop"]) {
    const file = drag(type, "Files");
    page.dispatchEvent(file);
    expect([file.defaultPrevented, file.dataTransfer.dropEffect]).toEqual([true, "none"]);
    const text = drag(type, "text/plain");
    page.dispatchEvent(text);
    expect([text.defaultPrevented, text.dataTransfer.dropEffect]).toEqual([false, "copy"]);
    const taken = drag(type, "Files");
    taken.preventDefault();
    page.dispatchEvent(taken);
    expect(taken.dataTransfer.dropEffect).toBe("copy");
  }
});
