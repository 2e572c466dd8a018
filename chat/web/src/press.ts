// A finger that stays where it is for a moment: what a right button is to a mouse.

const long = 450;
/** A finger that moves further than this scrolls. */
const slip = 10;

let timer = 0;
let from = { x: 0, y: 0 };
let fired = false;

// The finger that goes up again presses nothing, wherever the menu stands by then. The next one does.
const swallow = (e: Event) => {
  e.preventDefault();
  e.stopPropagation();
};
const presses = ["mousedown", "click"];
const release = () => presses.forEach((type) => document.removeEventListener(type, swallow, true));
const hold = () => {
  presses.forEach((type) => document.addEventListener(type, swallow, true));
  document.addEventListener("pointerdown", release, { capture: true, once: true });
};
/** A click follows its finger within this time. */
const after = 300;

/**
 * The handlers of an element that a long press means something to, on it or on something in it;
 * false: not there.
 */
export function pressedLong(act: (at: Element, on: Element) => unknown) {
  const stop = () => {
    clearTimeout(timer);
    if (fired) setTimeout(release, after);
  };
  return {
    onPointerDown(e: PointerEvent) {
      clearTimeout(timer);
      fired = false;
      if (e.pointerType !== "touch" || !e.isPrimary) return;
      from = { x: e.clientX, y: e.clientY };
      const [at, on] = [e.currentTarget as Element, e.target as Element];
      timer = window.setTimeout(() => {
        if (act(at, on) === false) return;
        fired = true;
        hold();
      }, long);
    },
    onPointerMove(e: PointerEvent) {
      if (Math.hypot(e.clientX - from.x, e.clientY - from.y) > slip) clearTimeout(timer);
    },
    onPointerUp: stop,
    onPointerCancel: stop,
    // The browser has a menu for it too.
    onContextMenu(e: Event) {
      if (fired) e.preventDefault();
    },
  };
}
