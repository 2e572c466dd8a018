// The devices that I am on, and the way to another one.

import { useEffect, useRef, useState } from "preact/hooks";
import { endDevice, getDevices, postLink, type Device, type Link } from "./api";
import { copyText } from "./browser";
import { Dialog } from "./dialog";
import type { Failure } from "./failure";
import { language, t } from "./i18n";
import { Icon } from "./icons";
import { gone } from "./leaving";
import { QR } from "./qr";
import { ago } from "./time";
import { Told, useLeft } from "./told";

export function DevicesSheet({ onClose }: { onClose(): void }) {
  const [devices, setDevices] = useState<Device[] | null>(null);
  const [error, setError] = useState<Failure | null>(null);
  const [link, setLink] = useState<Link | null>(null);
  const list = useRef<HTMLUListElement>(null);
  const wait = useLeft(error?.until ?? 0);
  const failed = (f: unknown) => setError(f as Failure);
  const load = () => getDevices().then((all) => setDevices(all), failed);
  useEffect(() => void load(), []);
  const end = async (d: Device) => {
    try {
      await endDevice(d.id);
      if (d.this) return await gone();
      await load();
      list.current?.focus();
    } catch (f) {
      failed(f);
    }
  };
  const make = () => postLink().then(setLink, failed);
  return (
    <Dialog title={t("me.devices")} onClose={onClose}>
      <ul class="devices" ref={list} tabIndex={-1} aria-busy={!devices}>
        {devices?.map((d) => {
          const name = d.label || t("me.device.some");
          return (
            <li key={d.id} class="device">
              <span class="device-name">
                {name}
                <small>{t("me.device.seen", { time: ago(d.seen, Date.now(), language.now) })}</small>
              </span>
              {d.this ? (
                <span class="tag">{t("me.device.this")}</span>
              ) : (
                <button class="link danger" type="button" aria-label={t("me.device.end.label", { name })} onClick={() => void end(d)}>
                  {t("me.device.end")}
                </button>
              )}
            </li>
          );
        })}
      </ul>
      <p class="error" role="alert">
        {error && <Told of={error} />}
      </p>
      {link ? (
        <Way link={link} onOver={() => setLink(null)} />
      ) : (
        <button class="button primary wide" type="button" disabled={wait > 0} onClick={() => void make()}>
          {t("me.link")}
        </button>
      )}
    </Dialog>
  );
}

function Way({ link, onOver }: { link: Link; onOver(): void }) {
  const left = useLeft(link.expires);
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!left) onOver();
  }, [left]);
  return (
    <div class="way">
      <p>{t("me.link.sub", { n: Math.ceil(left / 60) })}</p>
      <QR rows={link.qr} label={t("me.link.qr")} />
      <p class="way-warn">{t("me.link.warn")}</p>
      <button class="button wide" type="button" data-first onClick={() => void copyText(link.url).then(setCopied)}>
        <Icon name={copied ? "check" : "link"} small />
        <span role="status">{t(copied ? "room.shared" : "me.link.copy")}</span>
      </button>
    </div>
  );
}
