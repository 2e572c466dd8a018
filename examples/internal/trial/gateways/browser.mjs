// Three visitors: two in a room, one outside.
import { deepStrictEqual as same } from "node:assert";
import { browse } from "../browser.mjs";

await browse(async ({ open }) => {
  const enter = async (nickname) => {
    const tab = await open();
    await tab.locator("#status", { hasText: /^연결됨$/ }).waitFor();
    await tab.locator("#nickname").fill(nickname);
    return tab;
  };
  const submit = async (tab, field, text) => {
    await tab.locator(field).fill(text);
    await tab.locator(field).press("Enter");
  };
  const sees = (tab, list, text) => tab.locator(`${list} li`, { hasText: text }).first().waitFor();
  const lines = (tab) => tab.locator("#messages li").allInnerTexts();

  const [kim, lee] = [await enter("김"), await enter("이")];
  const room = "모란's <img src=x onerror=alert(1)> \"방\"";
  await submit(kim, "#message", "모두에게");
  await sees(lee, "#messages", "김: 모두에게");
  await submit(kim, "#room", room);
  for (const tab of [kim, lee]) {
    await sees(tab, "#notices", `김님이 ${room}방을 만들었습니다.`);
    await sees(tab, "#rooms", room);
  }
  const park = await enter("박"); // comes later and still gets the list
  await sees(park, "#rooms", room);

  for (const tab of [kim, lee]) {
    await tab.getByRole("button", { name: `${room} 입장` }).click();
    await tab.locator("#here", { hasText: room }).waitFor();
  }
  await sees(park, "#notices", `이님이 ${room}방에 입장했습니다.`);
  const text = "방에서 <b>굵게</b> 👋";
  await submit(kim, "#message", text);
  await sees(lee, "#messages", `김: ${text}`);
  await submit(lee, "#message", "답장");
  await sees(kim, "#messages", "이: 답장");
  await submit(park, "#message", "밖에서");
  same(await lines(kim), [`나: ${text}`, "이: 답장"]);
  same(await lines(lee), [`김: ${text}`, "나: 답장"]);
  same(await lines(park), ["나: 밖에서"]);
  for (const tab of [kim, lee, park]) same(await tab.locator("li :is(img, b)").count(), 0, "markup in a text");

  // The same name again is refused, with a reason.
  await submit(lee, "#room", room);
  await lee.locator("#problem", { hasText: "이미 있는 방입니다." }).waitFor();
  same(await lee.locator("#rooms li", { hasText: room }).count(), 1);

  // A connection that breaks comes back, and into its room.
  await lee.evaluate(() => rooms.io.engine.close());
  await lee.locator("#status", { hasText: /^연결됨$/ }).waitFor();
  await lee.locator("#messages:empty").waitFor({ state: "attached" });
  await sees(kim, "#notices", `이님이 ${room}방에 입장했습니다.`);
  while ((await lines(lee)).length === 0) await submit(kim, "#message", "아직 있나요");
  same((await lines(lee))[0], "김: 아직 있나요");
});
