// The words of the server: what its HTML, its HTTP answers and its socket events carry.
// Times are milliseconds since 1970, UTC.

export type Lang = "ko" | "en";
export type Theme = "light" | "dark" | "auto";

export interface Named {
  name?: string;
  /** Place in the table of generated names; absent when the person chose a name. */
  nameIdx?: number;
  /** What a passphrase proves: the same person shows the same one. */
  tag?: string;
}

export interface Me extends Named {
  id: string;
  /** Place of the generated name, to go back to. */
  generated?: number;
  hue: number;
}

export interface Room {
  _id: string;
  /** Its name in the address, /r/<slug>. */
  slug?: string;
  title: string;
  max: number;
  owner: string | null;
  mine?: boolean;
  password: boolean;
  listed?: boolean;
  /** Those in charge alone may write. */
  quiet?: boolean;
  /** Seconds between two messages of one person. */
  slow?: number;
  /** Nobody new gets in. */
  doorLocked?: boolean;
  /** How long it lasts after its last message, and how long its messages do. */
  life?: string;
  history?: string;
  /** The operator keeps it. */
  kept?: boolean;
  /** The oldest message that hasn't gone with time, by seq. */
  first?: number;
  /** When it closes, as its owner wants. */
  closing?: number;
  /** When it closes unless something is said; 0: that isn't known, or never. */
  ends?: number;
  count: number;
  createdAt: number;
  active: number;
  /** In the list, of rooms that anybody may walk into: some who are there, and what was said last. */
  faces?: Face[];
  last?: Last;
}

export interface Face extends Named {
  hue: number;
  shape: number;
}

export interface Last extends Named {
  /** As in the room. */
  user: string;
  chat?: string;
  media?: boolean;
}

export interface Member extends Named {
  /** #rrggbb, unique in its room: an id, not a paint. */
  user: string;
  hue: number;
  shape: number;
  /** Absent: neither. */
  role?: Role;
}

/** Seconds between two messages that a room may ask for. */
export const slows = [0, 5, 30, 60];

export type Role = "owner" | "moderator";

export interface Media {
  /** Of its file under /gif/. */
  name?: string;
  mime: string;
  w: number;
  h: number;
  bytes: number;
  frames: number;
  /** What it shows, in the sender's words. */
  alt?: string;
  /** Whether it may be dangerous to look at; absent: it is calm. */
  flash?: "strong" | "unknown";
}

export interface Chat extends Named {
  _id?: string;
  room?: string;
  user: string;
  hue?: number;
  shape?: number;
  /** The sender's, when the message is read; absent: neither. */
  role?: Role;
  kind: "text" | "media" | "system";
  chat?: string;
  gif?: string;
  media?: Media[];
  /** By whom it was deleted; nothing of it is left then. */
  deleted?: Deletion;
  code?: string;
  args?: SystemArgs;
  createdAt: number;
  seq: number;
  rev: number;
  cid?: string;
}

export interface SystemArgs extends Named {
  user?: string;
  title?: string;
  /** Of a change of name: before and behind it. */
  was?: Named;
  now?: Named;
  /** One in charge who did it. */
  actor?: SystemArgs;
  n?: number;
  /** Of a ban; absent: for good. */
  until?: number;
  reason?: string;
}

/** Somebody who is banned from a room. */
export interface Banned {
  member: Member;
  until?: number;
  reason?: string;
  /** Newcomers from the same networks are, too. */
  address: boolean;
  by?: SystemArgs;
  createdAt: number;
}

/** A message, or a person, that was reported. */
export interface Reported {
  about: Member;
  message?: Chat;
  count: number;
  reasons: string[];
  last: number;
}

/** What the event `nick` carries. */
export interface Renamed {
  room: string;
  user: string;
  nickname: string;
  seq: number;
  rev: number;
  chat: string;
  args: SystemArgs;
  member: Member;
  createdAt: number;
}

export type Deletion = "author" | "charge";

/** What the event `remove` carries: what is left of a message. */
export interface Gone {
  room: string;
  seq: number;
  rev: number;
  deleted: Deletion;
}

/** What the events `join` and `exit` carry. */
export interface Passage {
  room?: string;
  user: string;
  chat: string;
  seq: number;
  rev: number;
  code: "join" | "exit" | "removed" | "banned";
  args: SystemArgs;
  member?: Member;
  count: number;
  createdAt?: number;
}

export interface Joined {
  room: Room;
  me: Member;
  members: Member[];
  epoch: string;
  rev: number;
  messages: Chat[];
  reset: boolean;
  more: boolean;
}

/** The answer to a message, by socket or by HTTP. */
export interface Posted {
  _id: string;
  seq: number;
  rev: number;
  createdAt: number;
  dup: boolean;
  gif?: string;
  media?: Media[];
  /** Pictures that the message is without, and why: by their place among those that were sent. */
  refused?: { index: number; error: WireError }[];
}

export interface Notice {
  level: "info" | "warn" | "error";
  message: string;
  code?: string;
}

export interface Words {
  ko: [string[], string[]];
  en: [string[], string[]];
}

export interface Limits {
  title: number;
  nickname: number;
  /** Seats of a room: least, most; and of one that asks for no number. */
  max: [number, number];
  usual: number;
  message: number;
  /** Of a message in UTF-8; a server that doesn't say it checks by itself. */
  bytes?: number;
  password: [number, number];
  upload: number;
  /** Of one message. */
  pictures: number;
  /** Characters of the words for a picture. */
  alt: number;
  /** Pixels of a picture's longest side. */
  side: number;
}

/** The spans that rooms and messages may have here, and those of a room that asks for none. */
export interface Terms {
  life: string;
  lives: string[];
  history: string;
  histories: string[];
}

export interface Data {
  view: "lobby" | "create" | "room" | "gate" | "offer" | "link" | "error";
  lang: Lang;
  theme: Theme;
  me: Me;
  words: Words;
  limits: Limits;
  terms: Terms;
  rooms?: Room[];
  /** Our own, unlisted ones too. */
  mine?: Room[];
  /** Of the list: how many rooms there are in all, and where it goes on. */
  total?: number;
  next?: string;
  room?: Room;
  /** Of the room that may be opened here. */
  slug?: string;
  error?: PageError;
}

/** Why there is no page: the error of the request, and its status. */
export type PageError = Partial<WireError> & { code: string; status: number };

/** A part of the list of rooms: those with people in them first, then those last active. */
export interface RoomPage {
  rooms: Room[];
  /** With the first part: our own, unlisted ones too. */
  mine?: Room[];
  total?: number;
  /** Where the list goes on; absent at its end. */
  next?: string;
}

/** The error of every failed request, as the server writes it. */
export interface WireError {
  code: string;
  message: string;
  retryable: boolean;
  retryAfterMs?: number;
  field?: string;
  /** The name of the limit that was met, and its value. */
  limit?: string;
  n?: number;
  ref?: string;
  /** What PROOF_NEEDED asks for. */
  proof?: Proof;
}

/** The work of a newcomer: a hash of "challenge:number" that begins with so many zero bits. */
export interface Proof {
  challenge: string;
  bits: number;
}
