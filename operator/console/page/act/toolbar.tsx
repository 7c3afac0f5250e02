import type { ExecutorDetail } from '../../wire/executor.ts';
import { targetOf } from '../overview/row.tsx';
import { useDesk } from '../shell/desk.ts';
import { rungFrom } from './actions.ts';

/** What may be done to one executor. What one's rights do not allow is said, not only disabled. */
export function Toolbar({ detail }: { readonly detail: ExecutorDetail }) {
  const desk = useDesk();
  const { row, may } = detail;
  const target = targetOf(row);
  const { mode, killSwitch } = row.declared;
  const down = rungFrom(mode, 'stepDown');
  const up = rungFrom(mode, 'stepUp');
  return (
    <div class="toolbar">
      {down !== null && (
        <button type="button" disabled={!may.patch} onClick={() => desk.act('stepDown', target)}>
          Step down to {down}…
        </button>
      )}
      {up !== null && (
        <button type="button" disabled={!may.patch} onClick={() => desk.act('stepUp', target)}>
          Step up to {up}…
        </button>
      )}
      {killSwitch ? (
        <button type="button" disabled={!may.patch} onClick={() => desk.act('unkill', target)}>
          Unkill…
        </button>
      ) : (
        <button
          type="button"
          class="danger solid"
          disabled={!may.patch}
          onClick={() => desk.act('kill', target)}
        >
          Kill…
        </button>
      )}
      {!may.patch && (
        <p class="dim">
          Your token may see it and not change it: that takes <code>patch tradingexecutors</code> in{' '}
          {row.namespace}.
        </p>
      )}
    </div>
  );
}
