import { render } from "preact";
import { App } from "./app";
import { storage } from "./browser";
import { refuseDrops } from "./drop";
import { language, textsOf } from "./i18n";
import { ErrorPage, Gate, LinkPage, Lobby, Offer, parts, RoomPage } from "./later";
import { data, net, route } from "./page";
import { loadAhead, Part } from "./part";
import "./style/main.css";

const place = document.getElementById("app")!;
const views = { lobby: Lobby, room: RoomPage, gate: Gate, offer: Offer, link: LinkPage, error: ErrorPage };
const texts = new Part(() => textsOf(data.lang));

refuseDrops(window);
// Each in a task of its own: a slow phone has enough of evaluating what came.
setTimeout(connect);
void Promise.all([texts.want(), views[route.place.view].part.want()]).then(() => setTimeout(begin));

// While the rest is on its way. What was kept is read from the disk once, which would be waited for.
function connect(): void {
  for (const kind of ["sessionStorage", "localStorage"] as const) storage(kind)?.getItem("");
  if (route.place.view === "room") net.use(net.chat);
  if (route.place.view === "lobby") net.use(net.rooms);
}

// A view that couldn't be loaded says so itself.
function begin(): void {
  if (!texts.value) {
    place.textContent = "페이지를 불러오지 못했어요. 다시 열어 주세요. The page couldn't be loaded. Please open it again.";
    return;
  }
  language.start(data.lang, texts.value);
  place.replaceChildren(); // the name, which stood there meanwhile
  render(<App />, place);
  setTimeout(rest);
}

function rest(): void {
  void language.complete().catch(() => {});
  void loadAhead(parts);
}
