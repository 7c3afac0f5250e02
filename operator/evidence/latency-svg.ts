import type { EpochMs } from '../../crds/clock.ts';

/** The hour before a rollback as a picture: P95 of Place→ACK against its SLO. */
export interface LatencyHour {
  readonly executor: string;
  /** Ends where the picture ends. */
  readonly until: EpochMs;
  readonly sloSeconds: number;
  /** Moments in seconds since the epoch and P95 in seconds; NaN: no orders. */
  readonly p95: readonly (readonly [number, number])[];
  /** When the alert became active, milliseconds; undefined: unknown. */
  readonly alertSince: EpochMs | undefined;
}

const [WIDTH, HEIGHT] = [760, 300];
/** Right of it is room for the label of the SLO, where no curve runs. */
const PLOT = { left: 64, right: 680, top: 44, bottom: 256 };
const HOUR_S = 3_600;
/** Samples further apart are not joined: there were no orders in between. */
const GAP_S = 45;

/** One SVG without scripts, styles or fonts of its own. */
export function latencySvg(hour: LatencyHour): string {
  const { until, sloSeconds, alertSince, executor } = hour;
  const known = hour.p95.filter(([, seconds]) => Number.isFinite(seconds));
  const top = niceTop(Math.max(sloSeconds * 1.5, ...known.map(([, seconds]) => seconds)));
  const end = until / 1_000;
  const x = (at: number): number =>
    round(PLOT.left + ((at - end + HOUR_S) / HOUR_S) * (PLOT.right - PLOT.left));
  const y = (seconds: number): number =>
    round(PLOT.bottom - (seconds / top) * (PLOT.bottom - PLOT.top));
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => level(y(share * top), share * top));
  const minutes = [60, 45, 30, 15, 0].map((ago) => moment(x(end - ago * 60), ago));
  const slo = `<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${y(sloSeconds)}" y2="${y(sloSeconds)}" stroke="#c62828" stroke-dasharray="6 4"/>
<text x="${PLOT.right + 6}" y="${y(sloSeconds) + 4}" fill="#c62828">SLO ${sloSeconds} s</text>`;
  const lines = runs(known).map((run) => curve(run.map(([at, seconds]) => [x(at), y(seconds)])));
  const since = alertSince === undefined ? [] : mark(x(alertSince / 1_000), 'alert active');
  const empty =
    known.length === 0 ? [`<text x="380" y="150" text-anchor="middle">no orders</text>`] : [];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" fill="#333">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
<text x="${PLOT.left}" y="22" font-size="14" font-weight="bold">${escaped(executor)}: Place→ACK P95 (5 min), the hour before the rollback</text>
${[...grid, ...minutes, ...lines, slo, ...since, ...empty].join('\n')}
</svg>
`;
}

const round = (value: number): number => Math.round(value * 10) / 10;
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** 1, 2 or 5 times a power of ten, at least `value`. */
function niceTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((factor) => factor * power >= value) ?? 10) * power;
}

const level = (at: number, seconds: number): string =>
  `<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${at}" y2="${at}" stroke="#ddd"/>
<text x="${PLOT.left - 8}" y="${at + 4}" text-anchor="end">${Number(seconds.toPrecision(3))} s</text>`;

const moment = (at: number, ago: number): string => {
  const [anchor, words] = ago === 0 ? ['end', 'rollback'] : ['middle', `−${ago} min`];
  return `<text x="${at}" y="${PLOT.bottom + 20}" text-anchor="${anchor}">${words}</text>`;
};

function mark(at: number, words: string): string[] {
  if (at < PLOT.left || at > PLOT.right) return [];
  return [
    `<line x1="${at}" x2="${at}" y1="${PLOT.top}" y2="${PLOT.bottom}" stroke="#ef6c00"/>
<text x="${at - 5}" y="${PLOT.top + 12}" text-anchor="end" fill="#ef6c00">${words}</text>`,
  ];
}

function runs(points: LatencyHour['p95']): (readonly (readonly [number, number])[])[] {
  const all: (readonly [number, number])[][] = [];
  for (const point of points) {
    const run = all.at(-1);
    const last = run?.at(-1);
    if (run === undefined || last === undefined || point[0] - last[0] > GAP_S) all.push([point]);
    else run.push(point);
  }
  return all;
}

function curve(points: readonly (readonly [number, number])[]): string {
  const [first] = points;
  if (points.length === 1 && first !== undefined) {
    return `<circle cx="${first[0]}" cy="${first[1]}" r="2" fill="#1565c0"/>`;
  }
  const list = points.map(([left, down]) => `${left},${down}`).join(' ');
  return `<polyline points="${list}" fill="none" stroke="#1565c0" stroke-width="2"/>`;
}
