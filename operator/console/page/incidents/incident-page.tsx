import { useEffect } from 'preact/hooks';
import type { ExecutorDetail, KillRecord } from '../../wire/executor.ts';
import type { IncidentView } from '../../wire/incident.ts';
import { paths } from '../../wire/paths.ts';
import { HistoryAge } from '../executor/latency-panel.tsx';
import { useStream } from '../live/use-stream.ts';
import { hashOf, pathTo } from '../route.ts';
import { useAsked, useDesk } from '../shell/desk.ts';
import { Mark } from '../shell/mark.tsx';
import { Failed, Loading, Panel, Time } from '../shell/states.tsx';
import { duration } from '../words/numbers.ts';
import { EvidencePanel } from './evidence-panel.tsx';
import { timelineOf } from './timeline.ts';

const EVERY_MS = 5_000;

export function IncidentPage(props: {
  readonly namespace: string;
  readonly name: string;
  readonly file: string | null;
}) {
  const { namespace, name } = props;
  const asked = useAsked<IncidentView>(pathTo(paths.incident, { namespace, name }), EVERY_MS);
  const { value, failure } = asked;
  useEffect(() => {
    document.title = `${name} · Trading console`;
  }, [name]);
  return (
    <main id="main" class="page incident" tabIndex={-1}>
      <div class="title">
        <nav aria-label="Where this is">
          <a href="#/incidents">Incidents</a>
          <span aria-hidden="true">/</span>
          <span>{namespace}</span>
        </nav>
        <span class="grow" />
        <HistoryAge history={asked} />
      </div>
      <h1>{name}</h1>
      {failure !== null && (
        <Failed what={`incident ${name}`} failure={failure} again={asked.again} />
      )}
      {value === null && failure === null && <Loading what={name} lines={8} />}
      {value !== null && <Body view={value} file={props.file} />}
    </main>
  );
}

function Body({ view, file }: { readonly view: IncidentView; readonly file: string | null }) {
  return (
    <>
      <Verdict view={view} />
      <div class="panels">
        <Timeline view={view} />
        <Decision view={view} />
        <EvidencePanel view={view} file={file} />
      </div>
    </>
  );
}

function Verdict({ view }: { readonly view: IncidentView }) {
  const desk = useDesk();
  const { namespace, name, open, may, spec, status } = view;
  const executor = spec.executor.name;
  return (
    <div class="verdict">
      <Mark tone={open ? 'critical' : 'good'}>
        <b>{open ? 'Open' : 'Acknowledged'}</b>
      </Mark>
      <span>
        {open
          ? `It holds ${executor} on paper and killed.`
          : `by ${status?.acknowledged?.by ?? 'somebody'}; it holds nothing any more.`}{' '}
        <a href={hashOf({ page: 'executor', namespace, name: executor })}>To {executor}</a>
      </span>
      <span class="grow" />
      {open && (
        <div class="toolbar">
          <button
            type="button"
            disabled={!may.acknowledge}
            onClick={() => desk.act('acknowledge', { kind: 'incident', namespace, name, executor })}
          >
            Acknowledge…
          </button>
          {!may.acknowledge && (
            <p class="dim">
              Your token may not: that takes <code>acknowledge tradingincidents</code> in{' '}
              {namespace}.
            </p>
          )}
        </div>
      )}
    </div>
  );
}

function Timeline({ view }: { readonly view: IncidentView }) {
  const { clock } = useDesk();
  const { namespace, spec } = view;
  const { state: kills } = useStream<readonly KillRecord[], ExecutorDetail>({
    path: pathTo(paths.executor, { namespace, name: spec.executor.name }),
    initial: { state: [], sight: null },
    reduce: (_, detail) => detail.kills,
  });
  return (
    <Panel id="timeline" title="Timeline">
      <ol class="timeline">
        {timelineOf(view, kills).map((moment, index) => (
          <li key={`${index} ${moment.title}`}>
            <Time at={moment.at} now={clock.wall()} precise />
            <div>
              <b>{moment.title}</b>
              {moment.afterMs !== null && (
                <span class="dim number"> +{duration(moment.afterMs)}</span>
              )}
              {moment.words !== '' && <p>{moment.words}</p>}
            </div>
          </li>
        ))}
      </ol>
      {view.open && <p class="dim">Not acknowledged yet.</p>}
    </Panel>
  );
}

const Decision = ({ view: { spec } }: { readonly view: IncidentView }) => (
  <Panel id="decision" title="What was decided">
    <p>{spec.decision}</p>
    <dl class="pairs">
      <dt>Alert</dt>
      <dd>{spec.alert.name}</dd>
      {spec.alert.summary !== undefined && (
        <>
          <dt>It said</dt>
          <dd>{spec.alert.summary}</dd>
        </>
      )}
      <dt>Before</dt>
      <dd>
        <span class={`chip ${spec.before.mode}`}>{spec.before.mode}</span>{' '}
        {spec.before.killSwitch ? 'killed' : 'not killed'}
      </dd>
      <dt>After</dt>
      <dd>
        <span class={`chip ${spec.after.mode}`}>{spec.after.mode}</span>{' '}
        {spec.after.killSwitch ? 'killed' : 'not killed'}
      </dd>
      <dt>Executor uid</dt>
      <dd>
        <code>{spec.executor.uid}</code>
      </dd>
    </dl>
  </Panel>
);
