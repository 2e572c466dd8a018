// Makes a large photo small enough to send.
//
// Phones take pictures of 24 and 50 megapixels, more than a room takes; nobody should need another
// program for that. A still picture is drawn again at a size that fits. Moving ones would lose
// their movement and are left alone, and so is whatever can't be told to stand still.

// A bitmap takes four bytes a pixel: 256 MiB here, which a phone can spare once. A camera's 50
// megapixels fit.
const mostPixels = 1 << 26;
/** Bytes of the largest file worth reading: a photo of that many pixels has fewer. */
const mostBytes = 1 << 26;
// Colour profiles and EXIF, which may stand before the mark of an animation, are seldom larger.
const headBytes = 1 << 18;
// Below this a photo shows nothing any more.
const smallest = 256;

export interface Sides {
  w: number;
  h: number;
}

export type Kind = "jpeg" | "png" | "webp";

/** What a still picture is, by the file's first bytes; null for a moving one and all else. */
export function stillKind(head: Uint8Array<ArrayBuffer>): Kind | null {
  const at = (from: number, text: string) => [...text].every((c, i) => head[from + i] === c.charCodeAt(0));
  if (at(0, "\xff\xd8\xff")) return "jpeg";
  if (at(0, "RIFF") && at(8, "WEBP")) {
    const simple = at(12, "VP8 ") || at(12, "VP8L");
    return simple || (at(12, "VP8X") && head.length > 20 && !(head[20]! & 2)) ? "webp" : null;
  }
  if (!at(0, "\x89PNG\r\n\x1a\n")) return null;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  for (let n = 8; n + 8 <= head.length; n += 12 + view.getUint32(n)) {
    if (at(n + 4, "acTL")) return null;
    if (at(n + 4, "IDAT")) return "png"; // an animation says so before
  }
  return null;
}

/** Whether a file is a still picture that can be drawn again. */
export async function shrinkable(file: File): Promise<boolean> {
  return (await kindOf(file)) !== null;
}

/** The sides of a picture drawn as large as it may be. */
export function fit({ w, h }: Sides, longest: number): Sides {
  const scale = Math.min(1, longest / Math.max(w, h));
  return { w: Math.max(1, Math.round(w * scale)), h: Math.max(1, Math.round(h * scale)) };
}

/**
 * The picture with sides and in bytes that the server takes, under its name; null when that can't
 * be done. Sides are those that it's shown with.
 */
export async function shrink(file: File, sides: Sides, limits: { upload: number; side: number }): Promise<({ file: File } & Sides) | null> {
  const kind = await kindOf(file);
  if (!kind || sides.w * sides.h > mostPixels) return null;
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    try {
      for (let to = fit({ w: bitmap.width, h: bitmap.height }, limits.side); Math.max(to.w, to.h) >= smallest; to = half(to)) {
        const blob = await draw(bitmap, to, kind, limits.upload);
        if (blob) return { file: new File([blob], file.name, { type: blob.type }), ...to };
      }
    } finally {
      bitmap.close();
    }
  } catch {
    // No canvas, or no memory for it.
  }
  return null;
}

async function kindOf(file: File): Promise<Kind | null> {
  if (file.size > mostBytes) return null;
  try {
    return stillKind(new Uint8Array(await file.slice(0, headBytes).arrayBuffer()));
  } catch {
    return null; // the file is gone
  }
}

const half = ({ w, h }: Sides): Sides => ({ w: Math.max(1, w >> 1), h: Math.max(1, h >> 1) });

async function draw(bitmap: ImageBitmap, { w, h }: Sides, kind: Kind, bytes: number): Promise<Blob | null> {
  const canvas = new OffscreenCanvas(w, h);
  try {
    const context = canvas.getContext("2d", { willReadFrequently: kind !== "jpeg" })!;
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, 0, 0, w, h);
    // JPEG knows no transparency. Safari writes no WebP and hands out PNG again, which is too large
    // as before.
    const types = kind === "jpeg" || opaque(context, w, h) ? ["image/jpeg"] : ["image/png", "image/webp"];
    for (const type of types) {
      const blob = await canvas.convertToBlob({ type, quality: 0.85 });
      if (blob.size <= bytes) return blob;
    }
    return null;
  } finally {
    canvas.width = canvas.height = 0; // some browsers keep the memory until much later
  }
}

function opaque(context: OffscreenCanvasRenderingContext2D, w: number, h: number): boolean {
  const rows = 256; // 4 MiB at a time
  for (let y = 0; y < h; y += rows) {
    const { data } = context.getImageData(0, y, w, Math.min(rows, h - y));
    for (let i = 3; i < data.length; i += 4) if (data[i] !== 255) return false;
  }
  return true;
}
