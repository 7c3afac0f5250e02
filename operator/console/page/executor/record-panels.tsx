import type { ExecutorDetail } from '../../wire/executor.ts';
import { isKilled } from '../overview/row-state.ts';
import { hashOf } from '../route.ts';
import { useDesk } from '../shell/desk.ts';
import { Mark } from '../shell/mark.tsx';
import { Empty, Panel, Time } from '../shell/states.tsx';
import { count } from '../words/numbers.ts';
import type { Tone } from '../words/trouble.ts';

/** Types whose True is the bad news. */
const BAD = new Set(['RolledBack', 'SpecOverruled', 'VenueBudgetExceeded']);

function conditionTone(type: string, status: string, killed: boolean): Tone {
  if (status === 'Unknown') return 'quiet';
  if (type === 'Progressing') return status === 'True' ? 'quiet' : 'good';
  if (type === 'KillSwitchConfirmed' && !killed) return 'quiet'; // there is nothing to confirm
  return (status === 'True') === BAD.has(type) ? 'warning' : 'good';
}

export function ConditionsPanel({ detail }: { readonly detail: ExecutorDetail }) {
  const { clock } = useDesk();
  return (
    <Panel id="conditions" title="Conditions">
      {detail.conditions.length === 0 && <Empty title="The operator has written none yet." />}
      <ul class="record">
        {detail.conditions.map((one) => (
          <li key={one.type}>
            <Mark tone={conditionTone(one.type, one.status, isKilled(detail.row))}>
              <b>{one.type}</b> {one.status}
            </Mark>
            <span class="dim">
              {one.reason} since <Time at={one.lastTransitionTime} now={clock.wall()} />
            </span>
            {one.message !== '' && <p>{one.message}</p>}
          </li>
        ))}
      </ul>
      {detail.incidents.length > 0 && (
        <>
          <h3>Incidents</h3>
          <ul class="links">
            {detail.incidents.map((name) => (
              <li key={name}>
                <a
                  href={hashOf({
                    page: 'incident',
                    namespace: detail.row.namespace,
                    name,
                    file: null,
                  })}
                >
                  {name}
                </a>
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}

export function EventsPanel({ detail: { events, row } }: { readonly detail: ExecutorDetail }) {
  const { clock } = useDesk();
  if (events === null) {
    return (
      <Panel id="events" title="Events">
        <p class="dim">
          Your token may not see them: that takes <code>watch events</code> in {row.namespace}.
        </p>
      </Panel>
    );
  }
  return (
    <Panel id="events" title="Events">
      {events.length === 0 && <Empty title="No Events: nothing happened for an hour." />}
      <ul class="record">
        {events.map((one) => (
          <li key={`${one.at} ${one.reason} ${one.message}`}>
            <Mark tone={one.type === 'Warning' ? 'warning' : 'quiet'}>
              <b>{one.reason}</b>
            </Mark>
            <span class="dim">
              <Time at={one.at} now={clock.wall()} />
              {one.count > 1 && <span class="number"> · {count(one.count)} times</span>}
            </span>
            <p>{one.message}</p>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
