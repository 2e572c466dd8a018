// Who is in a room, and who one is there oneself; the lines of those changes go into the log.

import type { Log } from "./log";
import type { Chat, Joined, Member, Named, Passage, Renamed, Role } from "./wire";

export class Crew {
  me: Member | null = null;
  members: Member[] = [];
  /** How I am called since a change that came in live. */
  became: Named | null = null;

  constructor(
    private log: Log,
    public count: number,
  ) {}

  /** Takes those who are there when one comes in. */
  seat(j: Joined): void {
    for (const m of j.messages) this.promote(m);
    this.me = j.me;
    this.members = j.members;
    for (const m of j.members) this.log.call(m.user, m, j.rev);
    this.count = j.room.count;
  }

  /** Somebody comes or goes. False: that was known already. */
  passage(p: Passage): boolean {
    const { seq, rev, code, args, chat } = p;
    if (!this.log.add({ user: "system", kind: "system", seq, rev, code, args, chat, createdAt: p.createdAt ?? Date.now() })) return false;
    const others = this.members.filter((m) => m.user !== args.user && m.user !== p.member?.user);
    this.members = code === "join" && p.member ? [...others, p.member] : others;
    this.count = p.count;
    return true;
  }

  /** Somebody takes another name. False: that was known already. */
  renamed(p: Renamed): boolean {
    const { user, seq, rev, args, chat, createdAt, member } = p;
    if (!this.log.add({ user: "system", kind: "system", seq, rev, code: "nick", args, chat, createdAt })) return false;
    const { name, nameIdx, tag } = member;
    this.members = this.members.map((m) => (m.user === user ? { ...m, name, nameIdx, tag } : m));
    if (this.me && user === this.me.user) {
      this.me = { ...this.me, name, nameIdx, tag };
      // Where I am called otherwise than elsewhere, the tag alone changes.
      if (args.was?.tag === tag) this.became = { name, nameIdx };
    }
    return true;
  }

  /** A line may tell of another role of somebody; true: of mine. */
  promote({ code, args }: Chat): boolean {
    const user = args?.user;
    if (!user || (code !== "named" && code !== "unnamed" && code !== "owner")) return false;
    const roleOf = (m: { user: string; role?: Role }): Role | undefined => {
      if (m.user === user) return code === "owner" ? "owner" : code === "named" ? "moderator" : undefined;
      // Who hands the room over is a moderator then.
      if (code === "owner" && m.role === "owner") return m.user === args.actor?.user ? "moderator" : undefined;
      return m.role;
    };
    this.members = this.members.map((m) => ({ ...m, role: roleOf(m) }));
    // What people who aren't here have said stands with their role of now.
    this.log.items = this.log.items.map((m) => (roleOf(m) === m.role ? m : { ...m, role: roleOf(m) }));
    const { me } = this;
    if (!me || roleOf(me) === me.role) return false;
    this.me = { ...me, role: roleOf(me) };
    return true;
  }
}
