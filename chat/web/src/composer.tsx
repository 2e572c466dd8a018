// Where messages are written.
//
// The text belongs to the textarea, not to the state of the page: while a syllable is composed
// nothing may assign it, and counters only read it.

import { useEffect, useRef, useState } from "preact/hooks";
import { newID } from "./browser";
import type { Failure } from "./failure";
import { t } from "./i18n";
import { Icon } from "./icons";
import { inputSends, keySends, Once } from "./ime";
import { Tiles } from "./later";
import { excess } from "./names";
import { data, me } from "./page";
import { visible } from "./sight";
import { Told, useLeft } from "./told";
import { pastedFiles, types, type Tray } from "./tray";
import type { Visit } from "./visit";

const touch = matchMedia("(hover: none) and (pointer: coarse)").matches;
const grows = CSS.supports("field-sizing", "content");
const lines = 6;

export function Composer({ visit, tray }: { visit: Visit; tray: Tray }) {
  const area = useRef<HTMLTextAreaElement>(null);
  const file = useRef<HTMLInputElement>(null);
  const typing = useRef({ composing: false, wanted: false, shift: false, once: new Once() }).current;
  const limit = data.limits.message;
  const tooMany = (text: string) => excess(text, limit, data.limits.bytes);
  const [over, setOver] = useState(-limit);
  const [filled, setFilled] = useState(false);
  const slowed = useLinger(visit.post.outbox.slowed);
  const [help, setHelp] = useState(false);
  const [named, setNamed] = useState<Failure | null>(null);
  const draft = `draft:${visit.id}`;

  const read = () => {
    const text = area.current!.value;
    setFilled(visible(text));
    setHelp(/^\/nick(\s|$)/i.test(text));
    setNamed(null);
    setOver(tooMany(text.trim()));
    if (!grows) grow(area.current!);
    keep(draft, text);
  };
  const put = (text: string) => {
    area.current!.value = text;
    read();
  };
  const send = () => {
    // The last syllable isn't in the text yet; it will be on the task after its composition ends.
    if (typing.composing) {
      typing.wanted = true;
      return area.current!.blur();
    }
    // Some keyboards and file names bring syllables in parts, which take three times the bytes.
    if (visit.post.slowUntil > Date.now()) return;
    const { value } = area.current!;
    const text = visible(value) ? value.trim().normalize() : "";
    if (tooMany(text) > 0 || (!text && !tray.pictures.length)) return;
    if (!typing.once.pass(text, performance.now())) return;
    const nick = nickOf(text);
    if (nick !== null) return void rename(nick);
    const pictures = tray.take();
    if (pictures.length) visit.post.outbox.add("", newID(), pictures);
    if (text) visit.post.outbox.add(text, newID());
    put("");
  };
  const rename = async (nick: string) => {
    if (!nick) return setHelp(true);
    try {
      await me.rename(nick);
      if (nickOf(area.current?.value.trim() ?? "") === nick) put("");
      setHelp(false);
    } catch (f) {
      setNamed(f as Failure);
    }
  };
  const composed = () => {
    typing.composing = false;
    if (!typing.wanted) return;
    typing.wanted = false;
    setTimeout(() => {
      send();
      area.current?.focus();
    });
  };
  const pressed = (e: KeyboardEvent) => {
    typing.shift = e.shiftKey;
    if (keySends(e, touch)) {
      e.preventDefault();
      send();
    } else if (e.key === "Escape" && !e.isComposing) {
      area.current!.blur();
    } else if (e.key === "PageUp" || e.key === "PageDown") {
      const log = document.getElementById("log");
      log?.scrollBy({ top: (e.key === "PageUp" ? -0.9 : 0.9) * log.clientHeight });
      e.preventDefault();
    }
  };
  const before = (e: InputEvent) => {
    if (!inputSends(e.inputType, e.isComposing || typing.composing, typing.shift, touch)) return;
    e.preventDefault();
    send();
  };
  const pasted = (e: ClipboardEvent) => {
    const files = e.clipboardData ? pastedFiles(e.clipboardData) : [];
    if (!files.length) return;
    e.preventDefault();
    void tray.add(files);
  };

  useEffect(() => {
    put(kept(draft));
    if (!touch) area.current!.focus();
  }, [draft]);
  useEffect(() => {
    if (visit.post.returned === null) return;
    put([area.current!.value, visit.post.returned].filter(Boolean).join("\n"));
    visit.post.returned = null;
    area.current!.focus();
  }, [visit.post.returned]);
  useEffect(() => {
    if (visit.mentioned === null) return;
    const { value } = area.current!;
    put(`${value}${value && !/\s$/.test(value) ? " " : ""}@${visit.mentioned} `);
    visit.mentioned = null;
    area.current!.focus();
  }, [visit.mentioned]);
  // Listened to by hand: Preact derives the names of these events from properties that browsers
  // lack.
  const hear = useRef({ before, composed });
  hear.current = { before, composed };
  useEffect(() => {
    const el = area.current!;
    el.addEventListener("compositionstart", () => (typing.composing = true));
    el.addEventListener("compositionend", () => hear.current.composed());
    el.addEventListener("beforeinput", (e) => hear.current.before(e));
  }, []);

  const note = over > 0 ? t("composer.over", { n: over }) : named ? <Told of={named} /> : help ? t("nick.help") : slowed ? <Told of={slowed} /> : over > -limit / 10 ? t("composer.left", { n: -over }) : "";
  const slow = useLeft(visit.post.slowUntil);
  const ready = !slow && (filled || tray.pictures.length > 0) && over <= 0;
  return (
    <form
      class="composer"
      onSubmit={(e) => {
        e.preventDefault();
        send();
      }}
    >
      <p class={over > 0 ? "composer-note over" : "composer-note"} role="status">
        {note}
      </p>
      <p class="composer-note over" role="alert">
        {tray.error}
      </p>
      {tray.pictures.length > 0 && <Tiles tray={tray} onRemoved={() => area.current!.focus()} />}
      <div class="composer-box">
        <input
          ref={file}
          type="file"
          hidden
          multiple
          accept={types.join()}
          onChange={(e) => {
            void tray.add([...(e.currentTarget.files ?? [])]);
            e.currentTarget.value = "";
            area.current!.focus();
          }}
        />
        <button class="tool" type="button" aria-label={t("composer.attach")} title={t("composer.attach")} onClick={() => file.current!.click()}>
          <Icon name="image" />
        </button>
        <textarea
          ref={area}
          class="composer-text"
          rows={1}
          dir="auto"
          aria-label={t("composer.label")}
          placeholder={t("composer.ph")}
          enterkeyhint={touch ? "enter" : "send"}
          autoComplete="off"
          data-skip
          onInput={read}
          onKeyDown={pressed}
          onKeyUp={(e) => (typing.shift = e.shiftKey)}
          onPaste={pasted}
        />
        <button class="send" type="submit" aria-label={slow ? t("composer.slow", { s: slow }) : t("composer.send")} title={slow ? t("composer.slow", { s: slow }) : t("composer.send")} aria-disabled={!ready}>
          {slow ? <span class="num">{slow}</span> : <Icon name="send" />}
        </button>
      </div>
    </form>
  );
}

/** The name that a text asks for; null when it is a message. */
function nickOf(text: string): string | null {
  const m = /^\/nick(?:[ \t]+(.*))?$/i.exec(text);
  return m && (m[1] ?? "").trim();
}

// What is over in a moment stays long enough to be read.
function useLinger(now: Failure | null): Failure | null {
  const [shown, show] = useState(now);
  useEffect(() => {
    if (now) return show(now);
    const timer = setTimeout(() => show(null), 3000);
    return () => clearTimeout(timer);
  }, [now]);
  return now ?? shown;
}

// For browsers whose text fields don't grow by themselves.
function grow(area: HTMLTextAreaElement): void {
  area.rows = 1;
  const line = parseFloat(getComputedStyle(area).lineHeight);
  area.rows = Math.min(lines, Math.max(1, Math.floor(area.scrollHeight / line)));
}

function keep(key: string, text: string): void {
  try {
    if (text) sessionStorage.setItem(key, text);
    else sessionStorage.removeItem(key);
  } catch {
    // A draft that can't be kept is still on the screen.
  }
}

function kept(key: string): string {
  try {
    return sessionStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}
