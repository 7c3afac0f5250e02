import { useEffect, useRef, useState } from 'preact/hooks';
import type { ExecutorDetail } from '../../wire/executor.ts';
import type { Trouble } from '../../wire/overview.ts';
import { paths } from '../../wire/paths.ts';
import { Toolbar } from '../act/toolbar.tsx';
import type { Sight } from '../live/age.ts';
import { type Live, useStream } from '../live/use-stream.ts';
import { modeState, rowState } from '../overview/row-state.ts';
import { hashOf, pathTo } from '../route.ts';
import { useDesk, useTick } from '../shell/desk.ts';
import { LinkMark, LostBanner, linkState } from '../shell/link-state.tsx';
import { Mark, Note } from '../shell/mark.tsx';
import { Failed, Loading } from '../shell/states.tsx';
import { reasonWords, troubleWords } from '../words/trouble.ts';
import { AuditPanel } from './audit-panel.tsx';
import { BurnPanel } from './burn-panel.tsx';
import { CalendarPanel } from './calendar-panel.tsx';
import { Facts } from './facts.tsx';
import { KillsPanel } from './kills-panel.tsx';
import { LatencyPanel } from './latency-panel.tsx';
import { ConditionsPanel, EventsPanel } from './record-panels.tsx';
import { LadderPanel, RolloutPanel } from './release-panels.tsx';
import { useHistory } from './use-history.ts';

interface Named {
  readonly namespace: string;
  readonly name: string;
}

const nothing: { state: ExecutorDetail | null; sight: Sight | null } = { state: null, sight: null };

export function ExecutorPage({ namespace, name }: Named) {
  const live = useStream<ExecutorDetail | null, ExecutorDetail>({
    path: pathTo(paths.executor, { namespace, name }),
    initial: nothing,
    reduce: (_, now) => now,
  });
  useEffect(() => {
    document.title = `${name} · Trading console`;
  }, [name]);
  return (
    <main id="main" class="page executor" tabIndex={-1}>
      <Top live={live} namespace={namespace} name={name} />
      {live.state === null && live.failure === null && <Loading what={name} lines={10} />}
      {live.state === null && live.failure !== null && (
        <Failed what={`executor ${name} in ${namespace}`} failure={live.failure} />
      )}
      {live.state !== null && <Body detail={live.state} />}
    </main>
  );
}

function Top({ live, namespace, name }: Named & { readonly live: Live<ExecutorDetail | null> }) {
  const { clock } = useDesk();
  const link = linkState(live, useTick(clock));
  useEffect(() => {
    document.documentElement.classList.toggle('old', !link.fresh && !link.waiting);
    return () => document.documentElement.classList.remove('old');
  }, [link.fresh, link.waiting]);
  return (
    <>
      <LostBanner live={live} link={link} />
      <div class="title">
        <nav aria-label="Where this is">
          <a href={hashOf({ page: 'overview', query: {} })}>Executors</a>
          <span aria-hidden="true">/</span>
          <a href={hashOf({ page: 'overview', query: { ns: namespace } })}>{namespace}</a>
        </nav>
        <span class="grow" />
        <LinkMark link={link} />
      </div>
      <h1>{name}</h1>
    </>
  );
}

function Body({ detail }: { readonly detail: ExecutorDetail }) {
  const { row } = detail;
  const state = rowState(row);
  const { declared, inForce, differs } = modeState(row);
  const [rangeMs, setRangeMs] = useState(3_600_000);
  const history = useHistory(row, rangeMs);
  return (
    <>
      <div class="verdict">
        <Mark tone={state.badge === 'STABLE' ? 'good' : state.tone}>
          <b>{state.badge}</b>
        </Mark>
        <span>{state.reasons.join(', ') || 'Fast enough, as declared, no latch and no kill'}</span>
        <span class="grow" />
        <Toolbar detail={detail} />
      </div>
      <Troubles detail={detail} />
      {differs && (
        <Note tone="warning">
          Declared <b>{declared}</b>, in force <b>{inForce ?? 'not known yet'}</b>
          {row.effective !== null && <>: {reasonWords(row.effective.reason)}</>}.
        </Note>
      )}
      <Facts detail={detail} />
      <div class="panels">
        <LatencyPanel history={history} rangeMs={rangeMs} setRange={setRangeMs} />
        <BurnPanel history={history} budgetLeft={row.budgetLeft} />
        <KillsPanel detail={detail} />
        <AuditPanel {...row} />
        <LadderPanel detail={detail} />
        <RolloutPanel detail={detail} />
        <ConditionsPanel detail={detail} />
        <EventsPanel detail={detail} />
        <CalendarPanel {...row} />
      </div>
    </>
  );
}

/** What is wrong, what it means, and the way on. Announced when it changes. */
function Troubles({ detail: { row, pending } }: { readonly detail: ExecutorDetail }) {
  const { clock, say } = useDesk();
  useTick(clock);
  const told = row.troubles.map((trouble) => troubleWords[trouble].short).join(', ');
  const before = useRef(told);
  useEffect(() => {
    if (before.current !== told) say(`${row.name}: ${told === '' ? 'no trouble any more' : told}`);
    before.current = told;
  }, [told, row.name, say]);
  const shown = row.troubles.filter((trouble) => trouble !== 'Watch');
  return (
    <>
      {shown.map((trouble) => (
        <Note key={trouble} tone={troubleWords[trouble].tone}>
          <strong>{troubleWords[trouble].short}.</strong> {troubleWords[trouble].long}
          {trouble === 'RolledBack' && row.incident !== null && (
            <>
              {' '}
              <a href={incidentHref(row.namespace, row.incident)}>Incident {row.incident}</a>
            </>
          )}
          {(trouble === 'CriticalAlert' || trouble === 'Warning') && (
            <ul class="firing">
              {row.alerts.filter(of(trouble)).map((alert) => (
                <li key={`${alert.name} ${alert.since}`}>
                  <b>{alert.name}</b> ({alert.severity}) {alert.summary}
                </li>
              ))}
            </ul>
          )}
        </Note>
      ))}
      {pending.map((one) => (
        <Pending key={`${one.alertname} ${one.since}`} one={one} now={clock.wall()} />
      ))}
    </>
  );
}

/** Each alert is listed once, where its severity is. */
const of = (trouble: Trouble) => (alert: ExecutorDetail['row']['alerts'][number]) =>
  (alert.severity === 'critical') === (trouble === 'CriticalAlert');

const incidentHref = (namespace: string, name: string): string =>
  hashOf({ page: 'incident', namespace, name, file: null });

const Pending = (props: {
  readonly one: ExecutorDetail['pending'][number];
  readonly now: number;
}) => {
  const left = Date.parse(props.one.dueAt) - props.now;
  return (
    <Note tone="critical">
      <strong>Rollback {left > 0 ? <>in {countdown(left)}</> : 'is due'}.</strong>{' '}
      {props.one.alertname} has not recovered
      {props.one.inconclusive && '; it resolved without enough good orders to prove it'}.
    </Note>
  );
};

const countdown = (ms: number): string => {
  const seconds = Math.ceil(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
};
