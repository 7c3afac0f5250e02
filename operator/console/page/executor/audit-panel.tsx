import { useState } from 'preact/hooks';
import type { Audit } from '../../wire/executor.ts';
import { paths } from '../../wire/paths.ts';
import { pathTo } from '../route.ts';
import { useAsked } from '../shell/desk.ts';
import { Mark } from '../shell/mark.tsx';
import { Failed, Loading, Panel } from '../shell/states.tsx';
import { count, duration, percent } from '../words/numbers.ts';
import { type Bar, barsOf, histogram, notAckedTone, trendWords } from './audit-view.ts';
import { HistoryAge } from './latency-panel.tsx';

const WINDOWS: readonly (readonly [string, number])[] = [
  ['1 h', 3_600_000],
  ['24 h', 86_400_000],
];
const EVERY_MS = 30_000;

/** The executor's own account of its orders: what became of those that passed the guards. */
export function AuditPanel({ namespace, name }: { namespace: string; name: string }) {
  const [windowMs, setWindow] = useState(3_600_000);
  const path = `${pathTo(paths.audit, { namespace, name })}?windowMs=${windowMs}`;
  const audit = useAsked<Audit>(path, EVERY_MS);
  const { value, failure } = audit;
  return (
    <Panel
      id="audit"
      title="Order audit"
      wide
      aside={
        <>
          <HistoryAge history={audit} />
          <Windows windowMs={windowMs} set={setWindow} />
        </>
      }
    >
      {failure !== null && <Failed what="audit" failure={failure} again={audit.again} />}
      {value === null && failure === null && <Loading what="audit" lines={6} />}
      {value !== null && <Body audit={value} />}
    </Panel>
  );
}

const Windows = (props: { readonly windowMs: number; readonly set: (ms: number) => void }) => (
  <fieldset class="segments">
    <legend class="unseen">Window of the audit</legend>
    {WINDOWS.map(([name, ms]) => (
      <label key={name}>
        <input
          type="radio"
          name="window"
          checked={ms === props.windowMs}
          onChange={() => props.set(ms)}
        />
        <span>{name}</span>
      </label>
    ))}
  </fieldset>
);

function Body({ audit }: { readonly audit: Audit }) {
  const denials = barsOf(audit.denials);
  return (
    <div class="audit">
      <div class="audit-sum">
        <Mark tone={notAckedTone(audit)}>
          <b class="number big">
            {audit.orders === 0 ? 'No orders' : percent(audit.shareNotAcked)}
          </b>
        </Mark>
        <p class="dim">
          {audit.orders > 0 && 'not acknowledged, under 1 % is good. '}
          <span class="number">{count(audit.orders)}</span> orders past the guards,{' '}
          <span class="number">{count(audit.acked)}</span> acknowledged, by pod {audit.pod}.
        </p>
        <Trend audit={audit} />
      </div>
      <div class="stack">
        <Bars title="What became of them" bars={barsOf(audit.byOutcome)} empty="No orders." />
        <Bars
          title="Why not a plain yes"
          bars={barsOf(audit.byErrorClass).filter(({ label }) => label !== 'none')}
          empty="Every answer was a plain yes."
        />
      </div>
      <Distribution audit={audit} />
      <Bars title="Refused by our own guards" bars={denials} empty="No refusals." long />
    </div>
  );
}

const Bars = (props: {
  readonly title: string;
  readonly bars: readonly Bar[];
  readonly empty: string;
  /** Labels are longer than bars. */
  readonly long?: boolean;
}) => (
  <div class={props.long === true ? 'bars long' : 'bars'}>
    <h3>{props.title}</h3>
    {props.bars.length === 0 && <p class="dim">{props.empty}</p>}
    {props.bars.length > 0 && (
      <table>
        <tbody>
          {props.bars.map((bar) => (
            <tr key={bar.label}>
              <th scope="row">{bar.label}</th>
              <td class="length" aria-hidden="true">
                <span style={{ width: `${Math.max(1, bar.share * 100)}%` }} />
              </td>
              <td class="number right">{count(bar.orders)}</td>
              <td class="number right dim">{percent(bar.share)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    )}
  </div>
);

function Distribution({ audit }: { readonly audit: Audit }) {
  const { p50, p95, p99, max, buckets, over1s } = audit.placeLatencyS;
  const ms = (seconds: number | null) => duration(seconds === null ? null : seconds * 1_000);
  const bars = histogram(buckets).filter(({ orders }) => orders > 0);
  return (
    <div>
      <Bars title="How long placing took" bars={bars} empty="No orders." />
      <p class="dim">
        P50 {ms(p50)}, P95 {ms(p95)}, P99 {ms(p99)}, slowest {ms(max)}; {count(over1s)} over 1 s.
      </p>
    </div>
  );
}

/** Error rate over the window, a column a part; parts without orders leave a gap. */
function Trend({ audit: { trend, errorRate } }: { readonly audit: Audit }) {
  const highest = Math.max(0.001, ...trend.map((one) => one.errorRate));
  const wide = 100 / Math.max(1, trend.length);
  return (
    <div class="trend">
      <h3>
        Error rate <b class="number">{percent(errorRate)}</b>{' '}
        <span class="dim">{trendWords(trend)}</span>
      </h3>
      <svg viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true">
        <path class="base" d="M0 23.7H100" />
        {trend.map((one, index) =>
          one.orders === 0 ? null : (
            <rect
              key={one.from}
              x={index * wide + wide * 0.12}
              width={wide * 0.76}
              y={23.5 - Math.max(0.7, (one.errorRate / highest) * 22)}
              height={Math.max(0.7, (one.errorRate / highest) * 22)}
              class={one.errors > 0 ? 'errors' : ''}
            />
          ),
        )}
      </svg>
      <p class="dim">highest {percent(Math.max(0, ...trend.map((one) => one.errorRate)))}</p>
    </div>
  );
}
