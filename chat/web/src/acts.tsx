// What can be done to a message or to a person: the menus.

import { copyText } from "./browser";
import { pictures } from "./copy";
import type { Failure } from "./failure";
import { language, sayFailure, t } from "./i18n";
import { linkOf } from "./jump";
import { Menu, type Item } from "./menu";
import { nameOf } from "./names";
import { authorOf, type Asked, type Person } from "./topic";
import type { Visit } from "./visit";
import type { Chat, Member, Role } from "./wire";

const ranks: Record<Role, number> = { moderator: 1, owner: 2 };
const rank = (m: { role?: Role } | null | undefined) => (m?.role ? ranks[m.role] : 0);

/** Whether one is in charge of somebody: the server asks the same. */
export const over = (me: Member | null, them: { role?: Role }) => rank(me) > 0 && rank(them) < rank(me);

interface Part {
  visit: Visit;
  at: Element;
  ask(a: Asked): void;
  onClose(): void;
}

export function ForMessage({ visit, chat, at, ask, onClose }: Part & { chat: Chat }) {
  const author = authorOf(visit, chat);
  const mine = chat.user === visit.me?.user;
  const name = mine ? t("app.you") : nameOf(author, language.now);
  const text = chat.kind === "media" ? pictures(chat, location.origin, "\n") : (chat.chat ?? "");
  const items: Item[] = [];
  if (!chat.deleted) {
    items.push({ label: t(chat.kind === "media" ? "act.copy.picture" : "act.copy"), icon: "copy", act: () => void copyText(text) });
    items.push({ label: t("act.copy.link"), icon: "link", act: () => void copyText(linkOf(visit.room ?? { _id: visit.id }, chat.seq)) });
    if (mine || over(visit.me, author)) {
      items.push({
        label: t("act.delete"),
        icon: "trash",
        danger: true,
        act: () => ask({ sure: { title: t("act.delete"), text: t(mine ? "act.delete.sure" : "act.delete.other", { name }), yes: t("act.delete"), run: () => visit.act("delete", { seq: chat.seq }) } }),
      });
    }
  }
  if (!mine) items.push(...forPerson(visit, author, ask, chat));
  return <Menu label={t("act.message", { name })} head={chat.deleted ? name : `${name}: ${text}`.slice(0, 80)} at={at} items={items} onClose={onClose} />;
}

export function ForPerson({ visit, person, at, ask, onClose }: Part & { person: Person }) {
  const name = nameOf(person, language.now);
  const items: Item[] = [{ label: t("act.mention"), icon: "at", act: () => visit.mention(name) }, ...forPerson(visit, person, ask)];
  return <Menu label={t("act.person", { name })} head={name} at={at} items={items} onClose={onClose} />;
}

// What everyone can do about somebody, and those in charge to that one.
function forPerson(visit: Visit, person: Person, ask: (a: Asked) => void, chat?: Chat): Item[] {
  const { user } = person;
  const { hidden } = visit;
  const name = nameOf(person, language.now);
  const items: Item[] = [
    hidden.has(user)
      ? { label: t("act.show"), icon: "eye", act: () => hidden.show(user) }
      : { label: t("act.hide"), icon: "eyeOff", act: () => hidden.hide({ ...person, user }) },
  ];
  if (!chat?.deleted && rank(visit.me) === 0) items.push({ label: t("act.report"), icon: "alert", act: () => ask({ report: person, chat }) });
  if (!over(visit.me, person)) return items;
  if (visit.me?.role === "owner" && !chat) {
    const on = person.role !== "moderator";
    items.push({ label: t(on ? "act.named" : "act.unnamed"), icon: "people", act: () => run(visit, visit.act("moderator", { user, on })) });
    if (visit.members.some((m) => m.user === user)) {
      items.push({
        label: t("act.transfer"),
        icon: "check",
        act: () => ask({ sure: { title: t("act.transfer"), text: t("act.transfer.sure", { name }), yes: t("act.transfer.yes"), run: () => visit.act("transfer", { user }) } }),
      });
    }
  }
  if (visit.members.some((m) => m.user === user)) {
    items.push({ label: t("act.remove"), icon: "out", danger: true, act: () => run(visit, visit.act("kick", { user })) });
  }
  items.push({ label: t("act.ban"), icon: "ban", danger: true, act: () => ask({ ban: person }) });
  items.push({
    label: t("act.clear"),
    icon: "trash",
    danger: true,
    act: () => ask({ sure: { title: t("act.clear"), text: t("act.clear.sure", { name }), yes: t("act.delete"), run: () => visit.act("deleteAll", { user }) } }),
  });
  return items;
}

function run(visit: Visit, doing: Promise<unknown>): void {
  doing.catch((e: Failure) => visit.show({ level: "error", message: sayFailure(e) }));
}
