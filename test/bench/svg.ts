import type { Point } from './slope.ts';

/** One panel of a plot: lines or dots over a common x axis. */
export interface Panel {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly series: readonly Series[];
}

export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
  /** Dots for single observations; a line otherwise. */
  readonly as?: 'line' | 'dots';
}

const WIDTH = 860;
const HEIGHT = 260;
const LEFT = 78;
const RIGHT = 20;
const TOP = 40;
const BOTTOM = 44;
const COLOURS = ['#2563eb', '#dc2626', '#059669', '#d97706', '#7c3aed', '#475569'];
const TICKS = 5;

/** Panels one below the other, as a file of its own. */
export function svg(panels: readonly Panel[]): string {
  const height = HEIGHT * panels.length;
  const drawn = panels.map(
    (panel, at) => `<g transform="translate(0 ${at * HEIGHT})">\n${drawPanel(panel)}\n</g>`,
  );
  const font = 'font-family="system-ui, sans-serif" font-size="12"';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" ${font}>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...drawn,
    '</svg>\n',
  ].join('\n');
}

function drawPanel({ title, x, y, series }: Panel): string {
  const points = series.flatMap((one) => one.points).filter(isFinitePoint);
  const xs = axis(points.map((point) => point.x));
  const ys = axis([0, ...points.map((point) => point.y)]);
  const atX = scale(xs, LEFT, WIDTH - RIGHT);
  const atY = scale(ys, HEIGHT - BOTTOM, TOP);
  const grid = ys.ticks.map(
    (tick) =>
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${atY(tick)}" y2="${atY(tick)}" stroke="#e2e8f0"/>` +
      `<text x="${LEFT - 8}" y="${atY(tick)}" text-anchor="end" dominant-baseline="middle">${number(tick)}</text>`,
  );
  const below = xs.ticks.map(
    (tick) =>
      `<text x="${atX(tick)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${number(tick)}</text>`,
  );
  return [
    `<text x="${LEFT}" y="16" font-weight="600">${escaped(title)}</text>`,
    ...grid,
    ...below,
    `<text x="${WIDTH - RIGHT}" y="${HEIGHT - 8}" text-anchor="end">${escaped(x)}</text>`,
    `<text x="${LEFT}" y="${TOP - 8}" fill="#475569">${escaped(y)}</text>`,
    ...series.map((one, index) => drawSeries(one, { atX, atY, index })),
  ].join('\n');
}

interface Place {
  readonly atX: (x: number) => number;
  readonly atY: (y: number) => number;
  readonly index: number;
}

function drawSeries({ name, points, as = 'line' }: Series, { atX, atY, index }: Place): string {
  const colour = COLOURS[index % COLOURS.length];
  const finite = points.filter(isFinitePoint);
  const drawn =
    as === 'dots'
      ? finite
          .map(({ x, y }) => `<circle cx="${atX(x)}" cy="${atY(y)}" r="2.2" fill="${colour}"/>`)
          .join('')
      : `<polyline fill="none" stroke="${colour}" stroke-width="1.6" points="${finite
          .map(({ x, y }) => `${atX(x)},${atY(y)}`)
          .join(' ')}"/>`;
  const label = `<text x="${WIDTH - RIGHT}" y="${16 + 15 * index}" text-anchor="end" fill="${colour}">${escaped(name)}</text>`;
  return `${drawn}\n${label}`;
}

export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
}

/** Round bounds around the values, and round steps between them. */
export function axis(values: readonly number[]): Axis {
  const min = Math.min(...(values.length === 0 ? [0] : values));
  const max = Math.max(...(values.length === 0 ? [1] : values));
  const step = roundStep((max - min || Math.abs(max) || 1) / TICKS);
  const low = Math.floor(min / step) * step;
  const count = Math.max(1, Math.ceil((max - low) / step - 1e-9));
  const ticks = Array.from({ length: count + 1 }, (_, at) =>
    Number((low + at * step).toPrecision(12)),
  );
  return { low, high: ticks.at(-1) ?? low + step, ticks };
}

/** 1, 2 or 5 times a power of ten. */
function roundStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 5, 10].find((one) => one * power >= raw) ?? 10;
  return factor * power;
}

function scale({ low, high }: Axis, from: number, to: number): (value: number) => number {
  return (value) => Number((from + ((value - low) / (high - low || 1)) * (to - from)).toFixed(1));
}

const isFinitePoint = ({ x, y }: Point): boolean => Number.isFinite(x) && Number.isFinite(y);
const number = (value: number): string => String(Number(value.toPrecision(6)));
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
