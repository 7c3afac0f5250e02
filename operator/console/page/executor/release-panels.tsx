import type { RolloutStatus } from '../../../../crds/status.ts';
import type { ExecutorDetail } from '../../wire/executor.ts';
import { useDesk } from '../shell/desk.ts';
import { Mark, Note } from '../shell/mark.tsx';
import { Empty, Panel, Time } from '../shell/states.tsx';
import { duration } from '../words/numbers.ts';

const RUNGS = ['paper', 'trickle', 'live'] as const;

/** How far it has climbed; it is never more than one rung above what it has held. */
export function LadderPanel({ detail: { ladder, row } }: { readonly detail: ExecutorDetail }) {
  const height = ladder === null ? -1 : RUNGS.indexOf(ladder.reached);
  return (
    <Panel id="ladder" title="Ladder">
      <ol class="ladder">
        {RUNGS.map((rung, index) => (
          <li key={rung} class={rungClass(index <= height, rung === row.effective?.mode)}>
            <b>{rung}</b>
            <span class="dim">
              {index <= height ? 'held' : 'not held yet'}
              {rung === row.effective?.mode && ', in force'}
              {rung === row.declared.mode && ', declared'}
            </span>
          </li>
        ))}
      </ol>
      {ladder === null ? (
        <p class="dim">The operator has not said yet how far it is.</p>
      ) : (
        <p class="dim">
          A rung counts once it was held for {duration(ladder.holdForMs)} without a rollback alert.
        </p>
      )}
    </Panel>
  );
}

const rungClass = (held: boolean, inForce: boolean): string =>
  [held ? 'held' : '', inForce ? 'in-force' : ''].join(' ').trim();

export function RolloutPanel({ detail }: { readonly detail: ExecutorDetail }) {
  const { rollout } = detail;
  return (
    <Panel id="rollout" title="Rollout">
      {rollout === null ? (
        <Empty title="Nothing is known of a rollout yet." />
      ) : (
        <Rollout rollout={rollout} row={detail.row} />
      )}
    </Panel>
  );
}

function Rollout(props: Pick<ExecutorDetail, 'row'> & { readonly rollout: RolloutStatus }) {
  const { clock } = useDesk();
  const now = clock.wall();
  const { lastGood, trying, failed, drainingSince, gapSeconds } = props.rollout;
  const gap = gapSeconds === undefined ? null : duration(gapSeconds * 1_000);
  return (
    <>
      {failed !== undefined && (
        <Note tone="critical">
          <strong>{failed.version ?? failed.image} was put back:</strong> {failed.reason}.{' '}
          {failed.message} <Time at={failed.at} now={now} />
        </Note>
      )}
      <dl class="pairs">
        <dt>Declared</dt>
        <dd>{props.row.declared.version ?? 'no version'}</dd>
        <dt>Runs</dt>
        <dd>{props.row.version ?? 'not known'}</dd>
        <dt>Last good</dt>
        <dd>{lastGood?.version ?? 'none yet'}</dd>
        {trying !== undefined && <dt>Trying</dt>}
        {trying !== undefined && (
          <dd>
            <Mark tone="warning">{trying.version ?? trying.image}</Mark> since{' '}
            <Time at={trying.since} now={now} />
          </dd>
        )}
        {drainingSince !== undefined && <dt>Draining</dt>}
        {drainingSince !== undefined && (
          <dd>
            since <Time at={drainingSince} now={now} />
          </dd>
        )}
        <dt>Last gap</dt>
        <dd class="number">{gap === null ? 'none measured' : `${gap} without new orders`}</dd>
      </dl>
    </>
  );
}
