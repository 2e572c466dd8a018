// Times as people of either language write them; by hand, because engines don't agree about some, and
// their formats take long to be made.

import type { Lang } from "./wire";

const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const months = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/** 오후 3:07, 3:07 PM. */
export function clock(ms: number, lang: Lang): string {
  const d = new Date(ms);
  const h = d.getHours();
  const time = `${h % 12 || 12}:${String(d.getMinutes()).padStart(2, "0")}`;
  return lang === "ko" ? `${h < 12 ? "오전" : "오후"} ${time}` : `${time} ${h < 12 ? "AM" : "PM"}`;
}

/** 2026년 11월 20일 금요일, Friday, November 20, 2026. */
export function day(ms: number, lang: Lang): string {
  const d = new Date(ms);
  if (lang === "ko") return `${d.getFullYear()}년 ${date(ms, lang)} ${"일월화수목금토"[d.getDay()]}요일`;
  return `${days[d.getDay()]}, ${date(ms, lang)}, ${d.getFullYear()}`;
}

// 11월 20일, November 20.
function date(ms: number, lang: Lang): string {
  const d = new Date(ms);
  return lang === "ko" ? `${d.getMonth() + 1}월 ${d.getDate()}일` : `${months[d.getMonth()]} ${d.getDate()}`;
}

/** Date and time in full, for a tooltip and for screen readers. */
export function full(ms: number, lang: Lang): string {
  return `${day(ms, lang)} ${clock(ms, lang)}`;
}

/** The calendar day of the reader, as a key to compare. */
export function dayKey(ms: number): string {
  const d = new Date(ms);
  return `${d.getFullYear()}-${d.getMonth()}-${d.getDate()}`;
}

const minute = 60_000;
const hour = 60 * minute;

/** 방금, 3분 전, 2시간 전, then the date. */
export function ago(ms: number, now: number, lang: Lang): string {
  const gone = Math.max(0, now - ms);
  if (gone < minute) return lang === "ko" ? "방금" : "just now";
  if (gone < hour) return lang === "ko" ? `${Math.floor(gone / minute)}분 전` : `${Math.floor(gone / minute)} min ago`;
  if (gone < 24 * hour) return lang === "ko" ? `${Math.floor(gone / hour)}시간 전` : `${Math.floor(gone / hour)} h ago`;
  return date(ms, lang);
}

/** 오늘 오후 3:07, 내일 오후 3:07, 12월 3일: when something comes, as exactly as one plans for it. */
export function moment(ms: number, now: number, lang: Lang): string {
  const ko = lang === "ko";
  if (dayKey(ms) === dayKey(now)) return ko ? `오늘 ${clock(ms, lang)}` : `today at ${clock(ms, lang)}`;
  if (dayKey(ms) === dayKey(now + 24 * hour)) return ko ? `내일 ${clock(ms, lang)}` : `tomorrow at ${clock(ms, lang)}`;
  return date(ms, lang);
}

/**
 * When something comes at a time: 9초 뒤에, in 9 s. It may have come, or, for the time 0, be
 * unknown.
 */
export function till(ms: number, now: number, lang: Lang): string {
  const ko = lang === "ko";
  if (!ms) return ko ? "잠시 뒤에" : "shortly";
  const s = Math.ceil((ms - now) / 1000);
  if (s <= 0) return ko ? "이제" : "now";
  if (s <= 90) return ko ? `${s}초 뒤에` : `in ${s} s`;
  if (s <= 90 * 60) return ko ? `${Math.ceil(s / 60)}분 뒤에` : `in ${Math.ceil(s / 60)} min`;
  return ko ? `${Math.ceil(s / 3600)}시간 뒤에` : `in ${Math.ceil(s / 3600)} h`;
}

/** 2026-11-20 15:07: as it is in every language, for what is copied. */
export function stamp(ms: number): string {
  const d = new Date(ms);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}`;
}

/** 1.2 MB; 1 MB is 1024 × 1024 bytes, as the limit counts it. */
export function size(bytes: number): string {
  if (bytes < 1024 * 1024) return `${Math.max(1, Math.round(bytes / 1024))} KB`;
  return `${Number((bytes / 1024 / 1024).toFixed(1))} MB`;
}
