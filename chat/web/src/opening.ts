// Opening a room: the request, which may be pressed twice.

import { useRef, useState } from "preact/hooks";
import { postRoom, type NewRoom } from "./api";
import { newID } from "./browser";
import type { Failure } from "./failure";
import { sayFailure, t } from "./i18n";
import { length } from "./names";
import { data, rooms, route } from "./page";
import { useLeft } from "./told";

type Errors = { title?: string; max?: string; password?: string; all?: Failure };
type Wanted = Omit<NewRoom, "cid">;

/** One form's way to the server. Its cid makes pressing twice, or again after a lost answer, one room. */
export function useCreate() {
  const [busy, setBusy] = useState(false);
  const [errors, setErrors] = useState<Errors>({});
  const last = useRef({ cid: newID(), body: "" });
  const post = async (wanted: Wanted): Promise<Errors> => {
    const wrong = check(wanted);
    setErrors(wrong);
    if (busy || Object.keys(wrong).length) return wrong;
    const body = JSON.stringify(wanted);
    if (body !== last.current.body) last.current = { cid: newID(), body };
    setBusy(true);
    try {
      const { room } = await postRoom({ ...wanted, cid: last.current.cid });
      if (room.listed !== false) rooms.put(room);
      route.go({ view: "room", id: room._id, room });
      return {};
    } catch (e) {
      const said = fromServer(e as Failure);
      setErrors(said);
      return said;
    } finally {
      setBusy(false);
    }
  };
  const waits = useLeft(errors.all?.until ?? 0) > 0;
  return { busy: busy || waits, errors, post };
}

function check({ title, max, password }: Wanted): Errors {
  const { limits } = data;
  const [least, most] = limits.password;
  const [few, many] = limits.max;
  const errors: Errors = {};
  if (!title) errors.title = t("create.title.need");
  else if (length(title) > limits.title) errors.title = t("create.title.long", { max: limits.title });
  if (!(max >= few && max <= many)) errors.max = t("create.max.bad", { min: few, max: many });
  if (password && !(length(password) >= least && length(password) <= most)) errors.password = t("create.password.bad", { min: least, max: most });
  return errors;
}

function fromServer(f: Failure): Errors {
  if (f.field === "title" || f.field === "max" || f.field === "password") return { [f.field]: sayFailure(f) };
  return { all: f };
}

/** Whether one has as many rooms as one may have. */
export const tooMany = (f: Failure | undefined) => f?.limit === "rooms-per-identity";
