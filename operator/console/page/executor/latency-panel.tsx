import { useEffect, useRef, useState } from 'preact/hooks';
import type { History } from '../../wire/history.ts';
import { type Asked, useDesk, useTick } from '../shell/desk.ts';
import { Aged, Empty, Failed, Loading, Panel } from '../shell/states.tsx';
import { duration } from '../words/numbers.ts';
import type { Plot } from './plot.ts';
import { LATE_MS } from './use-history.ts';

const RANGES: readonly (readonly [string, number])[] = [
  ['15 min', 900_000],
  ['1 h', 3_600_000],
  ['6 h', 21_600_000],
  ['24 h', 86_400_000],
];

export function LatencyPanel(props: {
  readonly history: Asked<History>;
  readonly rangeMs: number;
  readonly setRange: (rangeMs: number) => void;
}) {
  const { history, rangeMs } = props;
  const { value, failure } = history;
  return (
    <Panel
      id="latency"
      title="Place to acknowledgement"
      wide
      aside={
        <>
          <HistoryAge history={history} />
          <Ranges rangeMs={rangeMs} set={props.setRange} />
        </>
      }
    >
      {failure !== null && <Failed what="latency" failure={failure} again={history.again} />}
      {value === null && failure === null && <Loading what="latency" lines={6} />}
      {value !== null && <Latency history={value} />}
    </Panel>
  );
}

export function HistoryAge({ history }: { readonly history: Asked<unknown> }) {
  const { clock } = useDesk();
  const old = useTick(clock) - history.gotAt;
  if (history.value === null) return null;
  return <Aged ms={old} late={old > LATE_MS} />;
}

const Ranges = (props: { readonly rangeMs: number; readonly set: (rangeMs: number) => void }) => (
  <fieldset class="segments">
    <legend class="unseen">Range</legend>
    {RANGES.map(([name, ms]) => (
      <label key={name}>
        <input
          type="radio"
          name="range"
          checked={ms === props.rangeMs}
          onChange={() => props.set(ms)}
        />
        <span>{name}</span>
      </label>
    ))}
  </fieldset>
);

function Latency({ history }: { readonly history: History }) {
  const { p50, p95, p99 } = history.latencyMs;
  const [pointed, setPointed] = useState<number | null>(null);
  if ([...p50, ...p95, ...p99].every((one) => one === null)) {
    return (
      <Empty title="No orders in this range.">
        <p>Paper orders are not counted. Choose a longer range, or wait for the first order.</p>
      </Empty>
    );
  }
  const at = pointed === null ? undefined : history.atS[pointed];
  return (
    <figure class="plot-figure">
      <Canvas history={history} pointed={setPointed} />
      <figcaption>
        <Key name="p50" words="P50" values={p50} pointed={pointed} />
        <Key name="p95" words="P95" values={p95} pointed={pointed} />
        <Key name="p99" words="P99" values={p99} pointed={pointed} />
        <span class="key slo">SLO P95 {duration(history.slo.latencyMs)}</span>
        <span class="dim number">
          {at === undefined ? 'now' : new Date(at * 1_000).toLocaleTimeString('en-GB')}
        </span>
      </figcaption>
    </figure>
  );
}

/** What the plot shows, for those who do not see it: the last value, or that at the pointer, and the largest. */
const Key = (props: {
  readonly name: string;
  readonly words: string;
  readonly values: readonly (number | null)[];
  readonly pointed: number | null;
}) => {
  const known = props.values.filter((one) => one !== null);
  const shown = props.pointed === null ? known.at(-1) : props.values[props.pointed];
  return (
    <span class={`key ${props.name}`}>
      {props.words} <b class="number">{duration(shown ?? null)}</b>{' '}
      <span class="dim">
        highest{' '}
        <span class="number">{duration(known.length === 0 ? null : Math.max(...known))}</span>
      </span>
    </span>
  );
};

/** uPlot comes with this page only. */
function Canvas(props: {
  readonly history: History;
  readonly pointed: (index: number | null) => void;
}) {
  const { history, pointed } = props;
  const root = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);
  const latest = useRef(history);
  latest.current = history;
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let gone = false;
    import('./plot.ts')
      .then(({ Plot }) => {
        if (!gone && root.current !== null)
          plot.current = new Plot(root.current, latest.current, pointed);
      })
      .catch(() => setFailed(true));
    return () => {
      gone = true;
      plot.current?.remove();
    };
  }, [pointed]);
  useEffect(() => plot.current?.show(history), [history]);
  if (failed) return <p class="dim">The plot could not be loaded. Reload the page.</p>;
  return <div ref={root} class="plot" aria-hidden="true" />;
}
