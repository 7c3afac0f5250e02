import { Shape } from '../shell/mark.tsx';
import { count } from '../words/numbers.ts';
import type { Tone } from '../words/trouble.ts';
import { type Filter, noFilter } from './filter.ts';
import type { Totals } from './totals.ts';

/** How the desk stands, in one line; the first two narrow the list. */
export const TotalsBar = (props: {
  readonly sum: Totals;
  readonly filter: Filter;
  readonly go: (filter: Filter) => void;
}) => {
  const { sum, filter, go } = props;
  const troubled = sum.critical + sum.warning;
  return (
    <div class="totals">
      <button
        type="button"
        aria-pressed={filter.trouble === ''}
        onClick={() => go({ ...noFilter, text: filter.text, namespace: filter.namespace })}
      >
        <b class="number">{count(sum.all)}</b> all
      </button>
      <button
        type="button"
        aria-pressed={filter.trouble === 'any'}
        onClick={() => go({ ...filter, trouble: 'any' })}
      >
        <b class="number">{count(troubled)}</b> in trouble
      </button>
      <div class="kinds">
        <Total tone={sum.critical > 0 ? 'critical' : 'quiet'} many={sum.critical} of="critical" />
        <Total tone={sum.warning > 0 ? 'warning' : 'quiet'} many={sum.warning} of="warning" />
        <Total tone="good" many={sum.stable} of="stable" />
        <Total tone="quiet" many={sum.killed} of="killed" />
      </div>
    </div>
  );
};

const Total = (props: { readonly tone: Tone; readonly many: number; readonly of: string }) => (
  <span class={`total ${props.tone}`}>
    <Shape tone={props.tone} />
    <b class="number">{count(props.many)}</b> {props.of}
  </span>
);
