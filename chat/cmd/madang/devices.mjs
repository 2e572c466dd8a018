// A person goes on at a second device, gets a tag, ends the device and is forgotten:
//
//   node devices.mjs URL CHROMIUM
//
// Ends with status 0 when everything was seen, else with the reason on standard error.
import { deepStrictEqual as same, ok } from "node:assert";
import { box, chip, end, home as url, log, person as visitor, shot } from "./rig.mjs";

const person = (options) => visitor({ at: url, ...options });
const sheet = (page) => page.getByRole("dialog").last();
const crew = (page) => page.getByRole("complementary", { name: "사람" });

const mina = await person({ locale: "ko-KR", viewport: { width: 1280, height: 800 } });
const phone = await person({ locale: "ko-KR", viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
const tom = await person({ locale: "ko-KR", viewport: { width: 1280, height: 800 }, colorScheme: "dark" });

await mina.goto(url);
await chip(mina).click();
await sheet(mina).getByLabel("이름", { exact: true }).fill("민수");
await sheet(mina).getByRole("button", { name: "바꾸기", exact: true }).click();
await chip(mina).getByText("민수", { exact: true }).waitFor();
await mina.getByLabel("방 이름").fill("산책");
await mina.getByRole("button", { name: "방 열기" }).click();
await box(mina).waitFor();
await tom.goto(mina.url());
await box(tom).waitFor();

// A tag: everybody sees it beside the name, and the page goes on with its new token.
await chip(mina).click();
await shot(mina, "me");
await sheet(mina).getByRole("button", { name: "표식" }).click();
await shot(mina, "tag");
await sheet(mina).getByLabel("표식 암호").fill("열려라 참깨");
await sheet(mina).getByRole("button", { name: "표식 붙이기" }).click();
await crew(tom).locator(".proof").waitFor();
const tag = (await crew(tom).locator(".proof [aria-hidden]").innerText()).trim();
ok(/^[0-9a-z]{6}$/.test(tag), tag);
await sheet(mina).getByRole("button", { name: "닫기" }).click();
await box(mina).fill("표식이 생겼어요");
await box(mina).press("Enter");
await log(tom).getByText("표식이 생겼어요").waitFor();
await log(tom).getByText(`이름을 바꿨습니다: 민수 → 민수 [${tag}]`).waitFor();
await shot(tom, "tagged");

// The link: its secret isn't sent with the page, and one has to agree.
await chip(mina).click();
await sheet(mina).getByRole("button", { name: "내 기기" }).click();
await sheet(mina).getByText("이 기기", { exact: true }).waitFor();
const answer = mina.waitForResponse("**/api/v1/me/link");
await sheet(mina).getByRole("button", { name: "다른 기기에서 이어 쓰기" }).click();
const link = await (await answer).json();
await sheet(mina).getByRole("img", { name: "링크의 QR 코드" }).waitFor();
await shot(mina, "link");
const requests = [];
phone.on("request", (r) => requests.push(r.url()));
await phone.goto(link.url);
await phone.getByRole("heading", { name: "민수님으로 이어 쓸까요?" }).waitFor();
await shot(phone, "continue");
await phone.getByRole("button", { name: "이어 쓰기" }).click();
await phone.waitForURL(`${url}/`);
await chip(phone).waitFor();
ok((await chip(phone).getAttribute("title")).includes("민수"));
const secret = link.url.split("#")[1];
same(requests.filter((r) => r.includes(secret) && !r.includes("#")), [], "requests with the secret");
await phone.goto(mina.url());
await box(phone).waitFor();
same(await crew(tom).locator(".person").count(), 2, "people, of whom one has two devices");
await box(phone).fill("전화에서");
await phone.getByRole("button", { name: "보내기" }).click();
await log(mina).getByText("전화에서").waitFor();
same(await log(mina).locator(".msg.mine").count(), 2, "both are hers");

// The same link again leads nowhere.
const eve = await person({ locale: "en-US", viewport: { width: 360, height: 740 } });
await eve.goto(link.url);
await eve.getByText("This link has been used or is too old.").waitFor();
await shot(eve, "used-link");

// She ends the phone: it is told at once.
await sheet(mina).getByRole("button", { name: "닫기" }).click();
await sheet(mina).getByRole("button", { name: "내 기기" }).click();
await sheet(mina).getByRole("button", { name: /연결 끊기$/ }).waitFor();
await shot(mina, "devices");
await sheet(mina).getByRole("button", { name: /연결 끊기$/ }).click();
await phone.getByText("접속이 만료됐어요.").waitFor();
await shot(phone, "ended");
same(await sheet(mina).locator(".device").count(), 1, "devices");
await sheet(mina).getByRole("button", { name: "닫기" }).click();

// And she is forgotten: what she wrote and didn't send, too.
await sheet(mina).getByRole("button", { name: "닫기" }).click();
await box(mina).fill("아직 안 보낸 글");
await chip(mina).click();
await sheet(mina).getByRole("button", { name: "여기서 나를 지우기" }).click();
await sheet(mina).getByText("다른 기기가 없어서").waitFor();
await shot(mina, "forget");
await sheet(mina).getByLabel(/^모든 기기에서/).check();
await sheet(mina).getByRole("button", { name: "지우기", exact: true }).click();
await mina.waitForURL(`${url}/`);
await chip(mina).waitFor();
ok(!(await chip(mina).getAttribute("title")).includes("민수"), "she is somebody new");
same(await mina.evaluate(() => sessionStorage.length + localStorage.length), 0, "what the browser keeps");
await log(tom).getByText(/님이 퇴장하셨습니다\.$/).waitFor();
same(await log(tom).getByText("민수", { exact: true }).count(), 0, "messages under her name");
same(await log(tom).locator(".msg-name .proof").count(), 0, "tags");
await shot(tom, "forgotten");

await end(/status of 4(01|10|03)/);
