import { useEffect } from 'preact/hooks';
import type { IncidentView } from '../../wire/incident.ts';
import { paths } from '../../wire/paths.ts';
import { HistoryAge } from '../executor/latency-panel.tsx';
import { hashOf } from '../route.ts';
import { useAsked, useDesk } from '../shell/desk.ts';
import { Mark } from '../shell/mark.tsx';
import { Empty, Failed, Loading, Time } from '../shell/states.tsx';
import { between } from '../words/instant.ts';
import { counted, duration } from '../words/numbers.ts';
import { inOrder } from './timeline.ts';

const EVERY_MS = 10_000;

export function IncidentsPage() {
  const asked = useAsked<{ incidents: readonly IncidentView[] }>(paths.incidents, EVERY_MS);
  const { value, failure } = asked;
  useEffect(() => {
    document.title = 'Incidents · Trading console';
  }, []);
  const incidents = inOrder(value?.incidents ?? []);
  const open = incidents.filter((one) => one.open).length;
  return (
    <main id="main" class="page incidents" tabIndex={-1}>
      <div class="title">
        <h1>Incidents</h1>
        <span class="grow" />
        <HistoryAge history={asked} />
      </div>
      {failure !== null && <Failed what="incidents" failure={failure} again={asked.again} />}
      {value === null && failure === null && <Loading what="incidents" lines={6} />}
      {value !== null && incidents.length === 0 && (
        <Empty title="Nothing was rolled back.">
          <p>A rollback-class alert that lasts leaves an incident here, with its evidence.</p>
        </Empty>
      )}
      {incidents.length > 0 && (
        <>
          <p class="dim">
            {counted(open, 'incident')} open of {incidents.length}. An open one holds its executor
            on paper and killed.
          </p>
          <List incidents={incidents} />
        </>
      )}
    </main>
  );
}

const List = ({ incidents }: { readonly incidents: readonly IncidentView[] }) => (
  <table class="rows incidents-table">
    <thead>
      <tr>
        <th scope="col">Executor</th>
        <th scope="col">State</th>
        <th scope="col">Alert</th>
        <th scope="col">Began</th>
        <th scope="col">Decided</th>
        <th scope="col">Was</th>
        <th scope="col">Evidence</th>
      </tr>
    </thead>
    <tbody>
      {incidents.map((one) => (
        <Row key={`${one.namespace}/${one.name}`} one={one} />
      ))}
    </tbody>
  </table>
);

function Row({ one }: { readonly one: IncidentView }) {
  const { clock } = useDesk();
  const { spec, status } = one;
  const now = clock.wall();
  const by = status?.acknowledged?.by;
  return (
    <tr class={`row ${one.open ? 'critical' : 'quiet'}`}>
      <td class="who">
        <a class="to" href={hashOf({ page: 'incident', ...one, file: null })}>
          {spec.executor.name}
        </a>
        <small>
          {one.namespace} · {one.name}
        </small>
      </td>
      <td class="state">
        <Mark tone={one.open ? 'critical' : 'good'}>{one.open ? 'Open' : 'Closed'}</Mark>
        <small title={by}>{by === undefined ? 'not acknowledged' : `by ${by}`}</small>
      </td>
      <td class="alert" title={spec.alert.summary}>
        {spec.alert.name}
      </td>
      <td class="began">
        <span class="label">Began </span>
        <Time at={spec.alert.since} now={now} />
      </td>
      <td class="decided">
        <span class="label">Decided </span>
        <Time at={spec.decidedAt} now={now} />
        <small>after {duration(between(spec.alert.since, spec.decidedAt))}</small>
      </td>
      <td class="before">
        <span class={`chip ${spec.before.mode}`}>{spec.before.mode}</span>
      </td>
      <td class="pack">
        <span title={one.evidenceWhy ?? ''}>{one.pack === null ? 'no pack' : 'pack'}</span>
      </td>
    </tr>
  );
}
