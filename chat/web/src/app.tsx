// The frame of the page and the place that it shows.

import { useEffect, useRef } from "preact/hooks";
import { Banner } from "./banner";
import { language, t } from "./i18n";
import { ErrorPage, Gate, LinkPage, Lobby, Offer, RoomPage } from "./later";
import { net, route, sheets } from "./page";
import { look } from "./theme";
import { useWatched } from "./watch";

export function App() {
  useWatched(route, language, look);
  const { place } = route;
  const first = useRef(place);
  useEffect(() => sheets.settle(), []);
  useEffect(() => {
    if (place.view === "lobby" || place.view === "error") document.title = t("app.name");
    if (place.view === "lobby") net.use(net.rooms);
  }, [place, language.now]);
  useEffect(() => {
    // Whoever comes back by keyboard or with a screen reader begins at the top of the lobby.
    if (place.view === "lobby" && place !== first.current) document.getElementById("content")?.focus();
  }, [place]);
  return (
    <>
      <a class="skip" href="#content" onClick={skip}>
        {t("app.skip")}
      </a>
      <Banner />
      {place.view === "lobby" && <Lobby create={place.create} flash={place.flash} />}
      {place.view === "room" && <RoomPage key={place.id} id={place.id} room={place.room ?? null} />}
      {place.view === "gate" && <Gate id={place.id} room={place.room ?? null} />}
      {place.view === "offer" && <Offer slug={place.slug} />}
      {place.view === "link" && <LinkPage secret={place.secret} />}
      {place.view === "error" && <ErrorPage />}
    </>
  );
}

// The address stays as it is: a fragment in it would be part of the next shared link.
function skip(e: Event): void {
  e.preventDefault();
  const target = document.querySelector<HTMLElement>("#content [data-skip], [data-skip]") ?? document.querySelector<HTMLElement>("#content");
  target?.focus();
}
