// What one draws appears on the canvas of the other, in its color and at its place.
import { deepStrictEqual as same } from "node:assert";
import { browse, until } from "../browse.mjs";

const red = "255,0,0", blue = "0,0,255", nothing = "0,0,0,0";

// color is that of the pixel at (x, y), without its opacity unless there is nothing.
const color = (tab, x, y) => tab.locator("canvas").evaluate((canvas, [x, y]) => {
  const pixel = [...canvas.getContext("2d").getImageData(x, y, 1, 1).data];
  return pixel[3] ? pixel.slice(0, 3).join() : pixel.join();
}, [x, y]);

async function draw(tab, name, from, to) {
  await tab.bringToFront();
  await tab.locator(`.color.${name}`).click();
  await tab.mouse.move(...from);
  await tab.mouse.down();
  await tab.mouse.move(...to, { steps: 5 });
  await tab.mouse.up();
}

await browse(async (visitor) => {
  const connected = [];
  const tabs = [];
  for (let i = 0; i < 3; i++) {
    const open = await visitor();
    const tab = await open("about:blank");
    connected.push(tab.waitForResponse(/transport=polling&t=[^&]*&sid=/)); // the second request
    await tab.goto("http://localhost:3000/");
    tabs.push(tab);
  }
  await Promise.all(connected);
  const [a, b, c] = tabs;
  for (const tab of tabs) same(await color(tab, 200, 300), nothing);

  await draw(a, "red", [100, 300], [300, 300]);
  for (const tab of tabs) {
    await until("a red line", async () => (await color(tab, 101, 300)) === red && (await color(tab, 299, 300)) === red);
    same(await color(tab, 200, 320), nothing);
  }
  // On another canvas of half the size the line has half its length.
  await c.setViewportSize({ width: 400, height: 300 });
  same(await color(c, 100, 150), nothing);
  await draw(b, "blue", [400, 200], [400, 400]);
  await until("a blue line", async () => (await color(a, 400, 399)) === blue);
  await until("a short blue line", async () => (await color(c, 200, 101)) === blue && (await color(c, 200, 199)) === blue);
  same(await color(c, 200, 210), nothing);
  same(await color(a, 200, 300), red); // it stays
}, { expected: [/willReadFrequently/] });
