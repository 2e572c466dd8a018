// A finger that stays where it is for a moment: what a right button is to a mouse.

const long = 450;
/** A finger that moves further than this scrolls. */
const slip = 10;

let timer = 0;
let from = { x: 0, y: 0 };
let fired = false;

/** The handlers of an element that a long press means something to. */
export function pressedLong(act: (at: Element) => void) {
  const stop = () => clearTimeout(timer);
  return {
    onPointerDown(e: PointerEvent) {
      stop();
      fired = false;
      if (e.pointerType !== "touch" || !e.isPrimary) return;
      from = { x: e.clientX, y: e.clientY };
      const at = e.currentTarget as Element;
      timer = window.setTimeout(() => {
        fired = true;
        act(at);
      }, long);
    },
    onPointerMove(e: PointerEvent) {
      if (Math.hypot(e.clientX - from.x, e.clientY - from.y) > slip) stop();
    },
    onPointerUp: stop,
    onPointerCancel: stop,
    // The browser has a menu for it too, and the finger that goes up again presses nothing.
    onContextMenu(e: Event) {
      if (fired) e.preventDefault();
    },
    onClickCapture(e: Event) {
      if (!fired) return;
      fired = false;
      e.preventDefault();
      e.stopPropagation();
    },
  };
}
