import { Component } from 'preact';
import type { ExecutorRow } from '../../wire/overview.ts';
import type { Target } from '../act/actions.ts';
import { hashOf } from '../route.ts';
import { useDesk } from '../shell/desk.ts';
import { Mark } from '../shell/mark.tsx';
import { count, duration, percent, UNKNOWN } from '../words/numbers.ts';
import { reasonWords } from '../words/trouble.ts';
import { type KillState, modeState, rowState } from './row-state.ts';
import type { Quantile } from './table.tsx';

interface Drawn {
  readonly row: ExecutorRow;
  readonly quantile: Quantile;
  readonly index: number;
}

/** Drawn again only when its own executor changed. */
export class Row extends Component<Drawn> {
  override shouldComponentUpdate(next: Drawn): boolean {
    const { row, quantile, index } = this.props;
    return next.row !== row || next.quantile !== quantile || next.index !== index;
  }

  override render({ row, quantile, index }: Drawn) {
    const state = rowState(row);
    const href = hashOf({ page: 'executor', namespace: row.namespace, name: row.name });
    return (
      <tr class={`row ${state.tone}`} aria-rowindex={index} data-uid={row.uid}>
        <td class="who">
          <a class="to" href={href} title={row.name}>
            {row.name}
          </a>
          <small title={`${row.namespace} · ${row.venue}`}>
            {row.namespace} · {row.venue}
          </small>
        </td>
        <td class="badge">
          <Mark tone={state.badge === 'STABLE' ? 'good' : state.tone}>{state.badge}</Mark>
          <small title={state.reasons.join(', ')}>{state.reasons.join(', ')}</small>
        </td>
        <td class="mode">
          <Mode row={row} />
        </td>
        <td class="kill">
          <Kill kill={state.kill} />
        </td>
        <td class="latency number right">
          <span class="label">{quantile.toUpperCase()} </span>
          {duration(row.latencyMs[quantile])}
        </td>
        <td class="budget number right">
          <span class="label">Budget </span>
          <Budget left={row.budgetLeft} />
        </td>
        <td class="alerts">
          <Alerts row={row} />
        </td>
        <td class="unknown number right">
          <span class="label">Unknown </span>
          <span class={(row.unknownOrders ?? 0) > 0 ? 'loud' : ''}>{count(row.unknownOrders)}</span>
        </td>
        <td class="version">
          <Version row={row} />
        </td>
        <td class="act">
          <KillButton row={row} />
        </td>
      </tr>
    );
  }
}

function Mode({ row }: { readonly row: ExecutorRow }) {
  const { declared, inForce, differs } = modeState(row);
  if (!differs) return <span class={`chip ${declared}`}>{declared}</span>;
  const why = row.effective === null ? 'not known yet' : reasonWords(row.effective.reason);
  return (
    <>
      <span class="differs">
        <s class="unseen">declared </s>
        <span class="chip was">{declared}</span>
        <span aria-hidden="true">→</span>
        <span class="unseen"> in force </span>
        <span class={`chip ${inForce ?? 'none'}`}>{inForce ?? UNKNOWN}</span>
      </span>
      <small title={why}>{why}</small>
    </>
  );
}

/** Pods on two lines, those proven least first: in a row there is room for no more. */
function Kill({ kill }: { readonly kill: KillState }) {
  if (kill.kind === 'open') return <span class="dim">not killed</span>;
  const [first] = kill.pods;
  const rest = kill.pods.length - 1;
  const all = kill.pods.map(({ name, words }) => `${name}: ${words}`).join('\n');
  return (
    <>
      <strong class="killed">KILLED</strong> <span class="dim">{kill.why}</span>
      <small class={first?.tone ?? 'warning'} title={all}>
        {first === undefined ? 'no pod' : first.words}
        {rest > 0 && ` · ${rest} more`}
      </small>
    </>
  );
}

const Budget = ({ left }: { readonly left: number | null }) => (
  <span class={left !== null && left < 0 ? 'loud' : ''}>
    {percent(left)}
    {left !== null && left < 0 && <small>overspent</small>}
  </span>
);

function Alerts({ row: { alerts } }: { readonly row: ExecutorRow }) {
  const [first] = alerts;
  if (first === undefined) {
    return (
      <span class="dim">
        <span class="label">Alerts </span>none
      </span>
    );
  }
  const tone = alerts.some(({ severity }) => severity === 'critical') ? 'critical' : 'warning';
  return (
    <>
      <Mark tone={tone}>
        <span class="number">{count(alerts.length)}</span> firing
      </Mark>
      <small title={alerts.map(({ name, summary }) => `${name}: ${summary ?? ''}`).join('\n')}>
        {first.name}
      </small>
    </>
  );
}

function Version({ row }: { readonly row: ExecutorRow }) {
  const wanted = row.declared.version;
  const other = wanted !== null && row.version !== null && wanted !== row.version;
  return (
    <>
      <span class={other ? 'loud' : ''} title={row.version ?? ''}>
        {row.version ?? UNKNOWN}
      </span>
      {other && <small title={wanted}>not {wanted}</small>}
    </>
  );
}

export const targetOf = (row: ExecutorRow): Target => ({
  kind: 'executor',
  namespace: row.namespace,
  name: row.name,
  uid: row.uid,
  mode: row.declared.mode,
  incident: row.incident,
});

/** A latched one can be killed as well: then it stays killed when its incident is acknowledged. */
function KillButton({ row }: { readonly row: ExecutorRow }) {
  const desk = useDesk();
  if (row.declared.killSwitch) return null;
  return (
    <button
      type="button"
      class="danger small"
      aria-label={`Kill ${row.name} in ${row.namespace}`}
      onClick={() => desk.act('kill', targetOf(row))}
    >
      Kill…
    </button>
  );
}
