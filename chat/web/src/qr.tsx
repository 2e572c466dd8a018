// A picture for cameras, from its squares: rows of 0 and 1, of which 1 is black.

const quiet = 4;

export function QR({ rows, label }: { rows: string[]; label: string }) {
  const size = rows.length + 2 * quiet;
  const path = rows.flatMap((row, y) => [...row.matchAll(/1+/g)].map((m) => `M${m.index + quiet} ${y + quiet}h${m[0].length}v1h-${m[0].length}z`)).join("");
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <path d={path} />
    </svg>
  );
}
