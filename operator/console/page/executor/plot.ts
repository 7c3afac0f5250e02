import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { History } from '../../wire/history.ts';
import { duration } from '../words/numbers.ts';

const HEIGHT_PX = 260;

/** Latency over time with the SLO as a line across; drawn anew when theme or width change. */
export class Plot {
  readonly #root: HTMLElement;
  readonly #size: ResizeObserver;
  readonly #dark = matchMedia('(prefers-color-scheme: dark)');
  readonly #theme: MutationObserver;
  readonly #pointed: (index: number | null) => void;
  #history: History;
  #plot: uPlot;

  /** `pointed` is told which of the points the pointer is at; null: none. */
  constructor(root: HTMLElement, history: History, pointed: (index: number | null) => void) {
    this.#pointed = pointed;
    this.#root = root;
    this.#history = history;
    this.#plot = this.#made();
    this.#size = new ResizeObserver(() => {
      this.#plot.setSize({ width: root.clientWidth, height: HEIGHT_PX });
    });
    this.#size.observe(root);
    this.#theme = new MutationObserver(this.#remake);
    this.#theme.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    this.#dark.addEventListener('change', this.#remake);
  }

  show(history: History): void {
    this.#history = history;
    this.#plot.setData(dataOf(history));
  }

  remove(): void {
    this.#size.disconnect();
    this.#theme.disconnect();
    this.#dark.removeEventListener('change', this.#remake);
    this.#plot.destroy();
  }

  #remake = (): void => {
    this.#plot.destroy();
    this.#plot = this.#made();
  };

  #made(): uPlot {
    return new uPlot(
      options({
        width: this.#root.clientWidth,
        colour: (name) => token(this.#root, name),
        pointed: this.#pointed,
      }),
      dataOf(this.#history),
      this.#root,
    );
  }
}

/** A colour of the theme in force, resolved: a canvas does not know custom properties. */
function token(root: HTMLElement, name: string): string {
  root.style.color = `var(--${name})`;
  const { color } = getComputedStyle(root);
  root.style.color = '';
  return color;
}

function dataOf({ atS, latencyMs, slo }: History): uPlot.AlignedData {
  const { p50, p95, p99 } = latencyMs;
  return [[...atS], [...p50], [...p95], [...p99], atS.map(() => slo.latencyMs)];
}

interface Look {
  readonly width: number;
  readonly colour: (name: string) => string;
  readonly pointed: (index: number | null) => void;
}

/** Lines differ by dash and width as well as by colour. */
function options(look: Look): uPlot.Options {
  const { width, colour } = look;
  const font = '12px system-ui, sans-serif';
  const axis = {
    stroke: colour('ink-2'),
    font,
    grid: { stroke: colour('line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height: HEIGHT_PX,
    legend: { show: false },
    hooks: { setCursor: [({ cursor }) => look.pointed(cursor.idx ?? null)] },
    cursor: { points: { size: 6 } },
    scales: { y: { range: (_, __, max) => [0, Math.max(10, max * 1.12)] } },
    axes: [
      { ...axis, values: TIME_AXIS },
      { ...axis, size: 64, values: (_, marks) => marks.map((ms) => duration(ms)) },
    ],
    series: [
      {},
      line('P50', { stroke: colour('p50'), width: 1.5, dash: [6, 4] }),
      line('P95', { stroke: colour('p95'), width: 2.5 }),
      line('P99', { stroke: colour('p99'), width: 1.5, dash: [2, 3] }),
      line('SLO', { stroke: colour('crit'), width: 1, dash: [10, 5] }),
    ],
  };
}

/** Hours and minutes, the date below at midnight. */
const TIME_AXIS = [
  [86_400, '{D} {MMM}', null, null, null, null, null, null, 1],
  [60, '{HH}:{mm}', null, null, '\n{D} {MMM}', null, null, null, 1],
  [1, '{HH}:{mm}:{ss}', null, null, null, null, null, null, 1],
];

const line = (label: string, look: Partial<uPlot.Series>): uPlot.Series => ({
  ...{ label, spanGaps: false, points: { show: false } },
  ...look,
});
