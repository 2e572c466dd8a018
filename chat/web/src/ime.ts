// What Enter means while Korean is typed.
//
// Chrome, Edge and Firefox report the Enter that ends a composition as a composing keydown
// (keyCode 229) and send a second, plain one for Hangul. Safari ends the composition first and
// reports one keydown 229 that isn't composing; there the line break that follows is caught
// in beforeinput. A candidate list of Japanese or Chinese inserts no line break, so choosing
// from it never sends.

export interface Key {
  key: string;
  keyCode: number;
  isComposing: boolean;
  shiftKey: boolean;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
}

/** Whether this keydown sends. On touch keyboards Enter is a new line; the button sends. */
export function keySends(e: Key, touch: boolean): boolean {
  if (e.key !== "Enter" || e.isComposing || e.keyCode === 229) return false;
  if (e.ctrlKey || e.metaKey) return true;
  return !touch && !e.shiftKey && !e.altKey;
}

/** Whether this beforeinput sends: a line break that no keydown announced. */
export function inputSends(inputType: string, isComposing: boolean, shift: boolean, touch: boolean): boolean {
  if (isComposing || shift || touch) return false;
  return inputType === "insertLineBreak" || inputType === "insertParagraph";
}

/** One send within 50 ms for the same text: two events of one key press. */
export class Once {
  private text = "";
  private at = -Infinity;

  pass(text: string, now: number): boolean {
    if (text === this.text && now - this.at < 50) return false;
    this.text = text;
    this.at = now;
    return true;
  }
}
