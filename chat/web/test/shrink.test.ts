import { beforeAll, beforeEach, expect, test, vi } from "vitest";
import { fit, shrink, stillKind } from "../src/shrink";
import { Tray } from "../src/tray";
import { speak } from "./speak";

vi.mock("../src/page", () => ({ data: { limits: { upload: 5000, side: 4096, pictures: 4, alt: 10 } } }));

const bytes = (...parts: (string | number[])[]) =>
  new Uint8Array(parts.flatMap((p) => (typeof p === "string" ? [...p].map((c) => c.charCodeAt(0)) : p)));
const chunk = (name: string, length = 0) => [0, 0, length >> 8, length & 255, ...bytes(name), ...Array<number>(length + 4).fill(0)];
const webp = (...rest: (string | number[])[]) => bytes("RIFF", [9, 0, 0, 0], "WEBP", ...rest);
const png = (...chunks: number[][]) => bytes("\x89PNG\r\n\x1a\n", chunk("IHDR", 13), ...chunks);
const jpeg = bytes("\xff\xd8\xff\xe1");
const gif = bytes("GIF89a");

test.each([
  ["a JPEG", jpeg, "jpeg"],
  ["a PNG", png(chunk("IDAT")), "png"],
  ["a PNG with a profile", png(chunk("iCCP", 600), chunk("IDAT", 9), chunk("acTL", 8)), "png"],
  ["an APNG", png(chunk("acTL", 8), chunk("IDAT")), null],
  ["an APNG with a profile", png(chunk("iCCP", 600), chunk("acTL", 8), chunk("IDAT")), null],
  ["a PNG whose picture is far away", png(chunk("iTXt", 600)), null],
  ["a WebP", webp("VP8 "), "webp"],
  ["a lossless WebP", webp("VP8L"), "webp"],
  ["a WebP with transparency", webp("VP8X", [10, 0, 0, 0, 0x10]), "webp"],
  ["an animated WebP", webp("VP8X", [10, 0, 0, 0, 0x12]), null],
  ["a cut WebP", webp("VP8X"), null],
  ["a GIF", gif, null],
  ["nothing", bytes(), null],
] as const)("what stands still: %s", (_, head, kind) => {
  expect(stillKind(head)).toBe(kind);
});

test.each([
  [5712, 4284, 4096, 3072],
  [6120, 8160, 3072, 4096],
  [4096, 4096, 4096, 4096],
  [640, 480, 640, 480],
  [50_000, 1, 4096, 1],
])("%i × %i is drawn as %i × %i", (w, h, toW, toH) => {
  expect(fit({ w, h }, 4096)).toEqual({ w: toW, h: toH });
});

// A browser whose pictures weigh a byte for so many pixels.
let natural: { w: number; h: number };
let alpha: number;
let weight: Record<string, number>;
let open: number; // bitmaps
let most: number; // of them at a time
let decoded: number;

beforeAll(() => speak("ko"));

beforeEach(() => {
  natural = { w: 5000, h: 3000 };
  alpha = 255;
  weight = { "image/jpeg": 10_000, "image/png": 1000, "image/webp": 10_000 };
  open = most = decoded = 0;
  vi.stubGlobal("URL", { createObjectURL: () => "blob:", revokeObjectURL() {} });
  vi.stubGlobal("Image", class {
    naturalWidth = natural.w;
    naturalHeight = natural.h;
    decode = async () => void decoded++;
  });
  vi.stubGlobal("createImageBitmap", async () => {
    most = Math.max(most, ++open);
    return { width: natural.w, height: natural.h, close: () => open-- };
  });
  vi.stubGlobal("OffscreenCanvas", class {
    width: number;
    height: number;
    constructor(w: number, h: number) {
      this.width = w;
      this.height = h;
    }
    getContext = () => ({ drawImage() {}, getImageData: () => ({ data: [0, 0, 0, alpha] }) });
    convertToBlob = async ({ type }: { type: string }) =>
      new Blob([new Uint8Array(Math.ceil((this.width * this.height) / weight[type]!))], { type });
  });
});

const photo = (head: Uint8Array<ArrayBuffer>, type: string, size = head.length) =>
  new File([head, new Uint8Array(size - head.length)], "바다.png", { type });

test.each([
  ["a JPEG", jpeg, 255, {}, "image/jpeg", 4096, 2458],
  ["a PNG of a photo", png(chunk("IDAT")), 255, {}, "image/jpeg", 4096, 2458],
  ["a transparent PNG that fits", png(chunk("IDAT")), 0, { "image/png": 10_000 }, "image/png", 4096, 2458],
  ["a transparent PNG that doesn't", png(chunk("IDAT")), 0, {}, "image/webp", 4096, 2458],
  ["one that is heavy still", jpeg, 255, { "image/jpeg": 1000 }, "image/jpeg", 2048, 1229],
])("a large photo is drawn again: %s", async (_, head, see, weights, type, w, h) => {
  alpha = see;
  Object.assign(weight, weights);
  const tray = new Tray();
  await tray.add([photo(head, "image/png")]);
  expect(tray.error).toBe("");
  expect(tray.pictures).toMatchObject([{ w, h, file: { name: "바다.png", type } }]);
  expect(open).toBe(0);
});

test("a heavy photo of few pixels keeps its sides", async () => {
  natural = { w: 4000, h: 3000 };
  const tray = new Tray();
  await tray.add([photo(jpeg, "image/jpeg", 5001)]);
  expect([tray.error, tray.pictures[0]]).toMatchObject(["", { w: 4000, h: 3000, file: { size: 1200 } }]);
});

test("a small picture is sent as it is", async () => {
  natural = { w: 4096, h: 4096 };
  const file = photo(jpeg, "image/jpeg", 5000);
  const tray = new Tray();
  await tray.add([file]);
  expect(tray.pictures[0]!.file).toBe(file);
});

const bomb = "이미지가 너무 커요 (가로·세로 4096px까지)";
const tooBig = "5 KB까지 올릴 수 있어요 (지금 5 KB)";

test.each([
  ["a large GIF", photo(gif, "image/gif"), bomb, 1],
  ["a GIF that is called PNG", photo(gif, "image/png"), bomb, 1],
  ["a heavy GIF", photo(gif, "image/gif", 5001), tooBig, 0],
  ["a heavy animated WebP", photo(webp("VP8X", [10, 0, 0, 0, 2]), "image/webp", 5001), tooBig, 0],
])("what moves is refused: %s", async (_, file, error, times) => {
  const tray = new Tray();
  await tray.add([file]);
  expect([tray.pictures, tray.error]).toEqual([[], error]);
  expect([decoded, most]).toEqual([times, 0]);
});

test.each([
  ["no canvas", () => vi.stubGlobal("createImageBitmap", () => Promise.reject(new Error("no memory")))],
  ["no size that fits", () => (weight["image/jpeg"] = 1)],
  ["more pixels than memory", () => (natural = { w: 12_000, h: 9000 })],
])("a photo that can't be drawn again is refused: %s", async (_, set) => {
  set();
  const tray = new Tray();
  await tray.add([photo(jpeg, "image/jpeg")]);
  expect([tray.pictures, tray.error, open]).toEqual([[], bomb, 0]);
  await tray.add([photo(jpeg, "image/jpeg", 5001)]);
  expect([tray.pictures, tray.error, open]).toEqual([[], tooBig, 0]);
});

test("one large photo at a time, and never more than fit", async () => {
  const tray = new Tray();
  const files = [..."123"].map(() => photo(jpeg, "image/jpeg"));
  await Promise.all([tray.add(files), tray.add(files)]);
  expect([most, open, tray.pictures.length]).toEqual([1, 0, 4]);
});

test("a photo too large to read isn't read", async () => {
  const file = photo(jpeg, "image/jpeg");
  vi.spyOn(file, "size", "get").mockReturnValue(2 ** 26 + 1);
  expect(await shrink(file, natural, { upload: 5000, side: 4096 })).toBeNull();
  expect(most).toBe(0);
});
