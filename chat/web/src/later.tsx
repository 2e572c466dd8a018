// The sheets and pages that are loaded later than the first view, and what stands there meanwhile.

import type { ComponentType, FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Dialog } from "./dialog";
import { language, t } from "./i18n";
import { Part, type Lack } from "./part";
import { loadStyles } from "./styles";
import { Sorry } from "./sorry";
import type { Key } from "./texts";
import { useWatched } from "./watch";

/** Why a part isn't there, and what one can do. */
const lacks: Record<Lack, { text: Key; action: Key }> = {
  unread: { text: "part.unread", action: "part.again" },
  gone: { text: "part.gone", action: "app.reload" },
};

/** A sheet that comes sooner has no other before it. */
const soon = 200;

/** All of them. */
export const parts: Part<unknown>[] = [];

type Closable = { onClose(): void };

// The page begins with one of these, whose file the server tells the browser of.
export const RoomPage = page(() => import("./room").then((m) => m.RoomPage));
export const Lobby = page(() => import("./lobby").then((m) => m.Lobby));
export const Gate = page(() => import("./gate").then((m) => m.Gate));
export const LinkPage = page(() => import("./linkpage").then((m) => m.LinkPage));
export const ErrorPage = page(() => import("./error").then((m) => m.ErrorPage));
export const Offer = page(() => import("./offer").then((m) => m.Offer));

export const Menu = sheet(() => import("./menu").then((m) => m.Menu));
export const ForMessage = sheet(() => import("./acts").then((m) => m.ForMessage));
export const ForPerson = sheet(() => import("./acts").then((m) => m.ForPerson));
export const BanSheet = sheet(() => import("./charge").then((m) => m.BanSheet));
export const ChargeSheet = sheet(() => import("./charge").then((m) => m.ChargeSheet));
export const CreateSheet = sheet(() => import("./create").then((m) => m.CreateSheet));
export const HiddenSheet = sheet(() => import("./charge").then((m) => m.HiddenSheet));
export const MeSheet = sheet(() => import("./mesheet").then((m) => m.MeSheet));
export const ReportSheet = sheet(() => import("./charge").then((m) => m.ReportSheet));
export const SearchSheet = sheet(() => import("./search").then((m) => m.SearchSheet));
export const SettingsSheet = sheet(() => import("./settings").then((m) => m.SettingsSheet));
export const Viewer = sheet(() => import("./viewer").then((m) => m.Viewer));

/** The chosen pictures, which are sent also where they can't be shown. */
export const Tiles = later(
  whole(() => import("./tiles").then((m) => m.Tiles)),
  (part) => part.lack && <p class="composer-note over">{t("part.lack")}</p>,
);

function sheet<P extends Closable>(load: () => Promise<ComponentType<P>>): Later<P> {
  return later(whole(load), (part, { onClose }) => <Coming part={part} onClose={onClose} />);
}

/** With the styles and the texts that the first view does without. */
function whole<C>(load: () => Promise<C>): () => Promise<C> {
  return () => Promise.all([load(), loadStyles(), language.complete()]).then(([component]) => component);
}

function page<P>(load: () => Promise<ComponentType<P>>): Later<P> {
  return later(load, (part) => part.lack && <Sorry head={t("part.lack")} sub={t(lacks[part.lack].text)} action={t(lacks[part.lack].action)} onAction={() => again(part)} />);
}

type AnyPart = Part<unknown>;

/** A component, and where it comes from. */
type Later<P> = FunctionComponent<P> & { part: AnyPart };

function later<P>(load: () => Promise<ComponentType<P>>, instead: (part: AnyPart, props: P) => preact.ComponentChildren): Later<P> {
  const part = new Part(load);
  parts.push(part);
  const shown: FunctionComponent<P> = (props) => {
    useWatched(part);
    useEffect(() => void (part.value || part.want()), []);
    const Here = part.value as ComponentType<object> | null;
    return Here ? <Here {...props} /> : <>{instead(part, props)}</>;
  };
  return Object.assign(shown, { part });
}

function again(part: AnyPart): void {
  if (part.lack === "gone") location.reload();
  else void part.want();
}

function Coming({ part, onClose }: { part: AnyPart; onClose(): void }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), soon);
    return () => clearTimeout(timer);
  }, []);
  const { lack } = part;
  if (!late && !lack) return null;
  return (
    <Dialog title={t(lack ? "part.lack" : "part.coming")} onClose={onClose}>
      {lack ? (
        <>
          <p class="error" role="alert">
            {t(lacks[lack].text)}
          </p>
          <div class="choices">
            {lack === "unread" && (
              <button class="button" type="button" onClick={() => location.reload()}>
                {t("app.reload")}
              </button>
            )}
            <button class="button primary" type="button" data-first onClick={() => again(part)}>
              {t(lacks[lack].action)}
            </button>
          </div>
        </>
      ) : (
        <p class="older" role="status">
          <i class="pulse" aria-hidden="true" />
          <span>{t("part.coming")}</span>
        </p>
      )}
    </Dialog>
  );
}
