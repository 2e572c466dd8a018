// What lives as long as the page: the first data, the connection, the list of rooms, the visits,
// the place, the sheets over it.

import { Me } from "./me";
import { setWords } from "./names";
import { Rooms } from "./rooms";
import { Sheets } from "./sheets";
import { Net } from "./socket";
import { Visits } from "./visits";
import { Watched } from "./watch";
import type { Data, Room } from "./wire";

export type Place =
  | { view: "lobby"; create?: boolean; flash?: string }
  | { view: "room"; id: string; room?: Room | null }
  | { view: "gate"; id: string; room?: Room | null }
  | { view: "offer"; slug: string }
  | { view: "link"; secret: string }
  | { view: "error" };

export const data = read();
export const me = new Me(data.me);
export const net = new Net();
export const rooms = new Rooms(net.rooms, data.rooms && { rooms: data.rooms, mine: data.mine, total: data.total, next: data.next });
export const visits = new Visits(net, data.me.id);
export const sheets = new Sheets(history);

setWords(data.words);

function read(): Data {
  const text = document.getElementById("data")?.textContent;
  if (text) return JSON.parse(text) as Data;
  return {
    view: "error",
    lang: navigator.language.startsWith("ko") ? "ko" : "en",
    theme: "auto",
    me: { id: "", hue: 0 },
    words: { ko: [[], []], en: [[], []] },
    limits: { title: 50, nickname: 20, max: [2, 100], usual: 10, message: 2000, password: [4, 64], upload: 5 << 20, pictures: 4, alt: 300, side: 4096 },
    terms: { life: "", lives: [], history: "", histories: [] },
  };
}

/** The path of a room's page. */
export const pathOf = (room: { _id?: string; slug?: string }) => (room.slug ? `/r/${encodeURIComponent(room.slug)}` : `/room/${room._id}`);

/** Rooms that were shown under an address of their own, by its path. */
const named = new Map<string, string>();

class Route extends Watched {
  place: Place;
  /** The address that the place belongs to. */
  path = location.pathname;

  constructor(first: Place) {
    super();
    this.place = first;
  }

  /** Shows another place and writes its address. */
  go(place: Place): void {
    const path = place.view === "room" || place.view === "gate" ? pathOf(place.room ?? { _id: place.id }) : "/";
    if (place.view === "room") named.set(path, place.id);
    // The entry of a sheet that leads elsewhere is used up, so that Back comes to the page below
    // it.
    if (path !== location.pathname) history[sheets.height ? "replaceState" : "pushState"](null, "", path);
    this.show(place);
  }

  /** Shows another place under the same address. */
  show(place: Place): void {
    this.place = place;
    this.path = location.pathname;
    this.changed();
  }
}

function placeOf(path: string): Place | null {
  const id = named.get(path) ?? /^\/room\/([^/]+)$/.exec(path)?.[1];
  if (id) return { view: "room", id: decodeURIComponent(id) };
  return path.startsWith("/r/") ? null : { view: "lobby" };
}

function first(): Place {
  if (data.view === "error") return { view: "error" };
  if (data.view === "link") {
    const secret = location.hash.slice(1);
    // It is of no use to the history of the browser, nor to who looks at the address.
    history.replaceState(null, "", location.pathname);
    return { view: "link", secret };
  }
  if (data.view === "offer") return { view: "offer", slug: data.slug! };
  if ((data.view === "room" || data.view === "gate") && data.room) {
    named.set(location.pathname, data.room._id);
    return { view: data.view, id: data.room._id, room: data.room };
  }
  // The address carries a code, never a text: what others write there isn't shown.
  const flash = new URLSearchParams(location.search).get("e")?.toUpperCase();
  // /room is the lobby with the sheet open. Closing the sheet, or Back from a new room, leads to
  // the lobby alone.
  const create = location.pathname === "/room";
  if (flash || create) history.replaceState(null, "", create ? "/" : location.pathname);
  return { view: "lobby", create, flash };
}

export const route = new Route(first());
addEventListener("popstate", () => {
  // Within one address only sheets come and go.
  if (location.pathname !== route.path) {
    const place = placeOf(location.pathname);
    if (!place) return location.reload(); // whether a room has that address is known to the server alone
    route.show(place);
  }
  sheets.moved();
});

// The browser asks before it drops what isn't sent. Listening for it always would keep the page out
// of some browsers' caches.
const ask = (e: Event) => e.preventDefault();
visits.watch(() => (visits.unsent ? addEventListener("beforeunload", ask) : removeEventListener("beforeunload", ask)));
