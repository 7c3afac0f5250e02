import type { ComponentChildren } from 'preact';
import type { ExecutorDetail } from '../../wire/executor.ts';
import { isKilled } from '../overview/row-state.ts';
import { age, count, duration, percent, UNKNOWN } from '../words/numbers.ts';
import type { Tone } from '../words/trouble.ts';

/** The numbers one asks for first, in one line. */
export function Facts({ detail }: { readonly detail: ExecutorDetail }) {
  const { row, controlAgeMs } = detail;
  const ages = Object.values(controlAgeMs);
  const oldest = ages.includes(null) || ages.length === 0 ? null : Math.max(...ages.map(Number));
  const { p50, p95, p99 } = row.latencyMs;
  return (
    <dl class="facts">
      <Fact name="P50">{duration(p50)}</Fact>
      <Fact name="P95">{duration(p95)}</Fact>
      <Fact name="P99">{duration(p99)}</Fact>
      <Fact name="Budget left" tone={(row.budgetLeft ?? 0) < 0 ? 'critical' : 'quiet'}>
        {percent(row.budgetLeft)}
      </Fact>
      <Fact name="Unknown orders" tone={(row.unknownOrders ?? 0) > 0 ? 'critical' : 'quiet'}>
        {count(row.unknownOrders)}
      </Fact>
      <Fact name="Control age" tone={oldest === null ? 'warning' : 'quiet'}>
        {oldest === null ? UNKNOWN : oldest < 10_000 ? duration(oldest) : age(oldest)}
        {ages.length > 1 && <small>oldest of {ages.length} pods</small>}
      </Fact>
      <Fact name="Mode" tone={isKilled(row) ? 'critical' : 'quiet'}>
        {row.effective?.mode ?? UNKNOWN}
        {isKilled(row) && ', killed'}
      </Fact>
      <Fact name="Version">{row.version ?? UNKNOWN}</Fact>
      <Fact name="Venue">{row.venue}</Fact>
    </dl>
  );
}

const Fact = (props: {
  readonly name: string;
  readonly tone?: Tone;
  readonly children: ComponentChildren;
}) => (
  <div class={props.tone === 'critical' ? 'loud' : ''}>
    <dt>{props.name}</dt>
    <dd class="number">{props.children}</dd>
  </div>
);
