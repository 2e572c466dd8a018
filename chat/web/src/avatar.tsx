// A person as a small coloured sign. Colour is never the only difference: four outlines and the
// first letter of the name tell people apart as well.

import { initial } from "./names";

const shapes = ["circle", "square", "hexagon", "diamond"];

export function Avatar({ name, hue = 0, shape = 0 }: { name: string; hue?: number; shape?: number }) {
  return (
    <span class={`avatar h${hue % 12} ${shapes[shape % 4]}`} aria-hidden="true">
      {initial(name)}
    </span>
  );
}
