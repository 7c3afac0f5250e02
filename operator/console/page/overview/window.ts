/** Which rows are drawn: those in sight and some around, so that a fast scroll meets no gap. */
export interface Window {
  readonly first: number;
  /** Exclusive. */
  readonly end: number;
}

export interface Sightline {
  readonly rows: number;
  readonly rowPx: number;
  /** How far the list's top is above the top of what is seen; negative while it is below. */
  readonly scrolledPx: number;
  readonly heightPx: number;
}

const AROUND = 10;
/** The window moves in steps: scrolling by a few rows draws nothing anew. */
const STEP = 5;

export function windowOf({ rows, rowPx, scrolledPx, heightPx }: Sightline): Window {
  const top = Math.floor(scrolledPx / rowPx) - AROUND;
  const first = Math.min(Math.max(0, Math.floor(top / STEP) * STEP), Math.max(0, rows - 1));
  const seen = Math.ceil(heightPx / rowPx) + 2 * AROUND + STEP;
  return { first, end: Math.min(rows, Math.max(0, first + seen)) };
}
