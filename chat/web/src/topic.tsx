// What a menu is about, and the question that follows what was chosen in it.

import { useState } from "preact/hooks";
import { BanSheet, ForMessage, ForPerson, ReportSheet } from "./later";
import { Sure } from "./sure";
import type { Visit } from "./visit";
import type { Chat, Named, Role } from "./wire";

/** Somebody that a menu is about, in the room or not. */
export type Person = Named & { user: string; role?: Role };

/** What a menu is about, and what it stands beside. */
export type Topic = { at: Element } & ({ chat: Chat } | { person: Person });

/** Who has written something, as the room knows that one now: who isn't here is as the message tells. */
export const authorOf = (visit: Visit, chat: Chat): Person => visit.members.find((m) => m.user === chat.user) ?? chat;

/** What an entry asks first. */
export type Asked = { sure: { title: string; text: string; yes: string; run(): Promise<unknown> } } | { ban: Person } | { report: Person; chat?: Chat };

/** The menu of a topic, and the question that follows. */
export function Acts({ visit, topic, onClose }: { visit: Visit; topic: Topic | null; onClose(): void }) {
  const [asked, ask] = useState<Asked | null>(null);
  return (
    <>
      {topic && ("chat" in topic ? <ForMessage visit={visit} chat={topic.chat} at={topic.at} ask={ask} onClose={onClose} /> : <ForPerson visit={visit} person={topic.person} at={topic.at} ask={ask} onClose={onClose} />)}
      {asked && "sure" in asked && <Sure {...asked.sure} onClose={() => ask(null)} />}
      {asked && "ban" in asked && <BanSheet visit={visit} person={asked.ban} onClose={() => ask(null)} />}
      {asked && "report" in asked && <ReportSheet visit={visit} person={asked.report} chat={asked.chat} onClose={() => ask(null)} />}
    </>
  );
}
