// One labelled input with its hint and its error beside it.

import type { ComponentChildren, Ref } from "preact";
import { useId, useState } from "preact/hooks";
import { t } from "./i18n";
import { Icon } from "./icons";

interface FieldProps {
  label: string;
  note?: string;
  hint?: string;
  error?: ComponentChildren;
  children(attributes: { id: string; "aria-invalid": boolean; "aria-describedby": string | undefined }): ComponentChildren;
}

export function Field({ label, note, hint, error, children }: FieldProps) {
  const id = useId();
  const help = error || hint;
  return (
    <div class={error ? "field wrong" : "field"}>
      <label for={id}>
        {label}
        {note && <span class="field-note"> {note}</span>}
      </label>
      {children({ id, "aria-invalid": !!error, "aria-describedby": help ? `${id}-help` : undefined })}
      {help && (
        <p id={`${id}-help`} class="field-help" role={error ? "alert" : undefined}>
          {help}
        </p>
      )}
    </div>
  );
}

interface PasswordProps {
  input: Ref<HTMLInputElement>;
  autoComplete: string;
  attributes: object;
}

export function Password({ input, autoComplete, attributes }: PasswordProps) {
  const [shown, show] = useState(false);
  const label = t(shown ? "password.hide" : "password.show");
  return (
    <div class="password">
      <input ref={input} class="input" type={(shown ? "text" : "password") as "password"} autoComplete={autoComplete} autoCapitalize="off" spellcheck={false} {...attributes} />
      <button class="tool" type="button" aria-label={label} title={label} onClick={() => show(!shown)}>
        <Icon name={shown ? "eyeOff" : "eye"} />
      </button>
    </div>
  );
}
