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

export function RolloutPanel({ detail: { rollout, row } }: { readonly detail: ExecutorDetail }) {
  const { clock } = useDesk();
  const now = clock.wall();
  if (rollout === null) {
    return (
      <Panel id="rollout" title="Rollout">
        <Empty title="Nothing is known of a rollout yet." />
      </Panel>
    );
  }
  const { lastGood, trying, failed, drainingSince, gapSeconds } = rollout;
  return (
    <Panel id="rollout" title="Rollout">
      {failed !== undefined && (
        <Note tone="critical">
          <strong>{failed.version ?? failed.image} was put back:</strong> {failed.reason}.{' '}
          {failed.message} <Time at={failed.at} now={now} />
        </Note>
      )}
      <dl class="pairs">
        <dt>Declared</dt>
        <dd>{row.declared.version ?? 'no version'}</dd>
        <dt>Runs</dt>
        <dd>{row.version ?? 'not known'}</dd>
        <dt>Last good</dt>
        <dd>{lastGood?.version ?? 'none yet'}</dd>
        {trying !== undefined && (
          <>
            <dt>Trying</dt>
            <dd>
              <Mark tone="warning">{trying.version ?? trying.image}</Mark> since{' '}
              <Time at={trying.since} now={now} />
            </dd>
          </>
        )}
        {drainingSince !== undefined && (
          <>
            <dt>Draining</dt>
            <dd>
              since <Time at={drainingSince} now={now} />
            </dd>
          </>
        )}
        <dt>Last gap</dt>
        <dd class="number">
          {gapSeconds === undefined
            ? 'none measured'
            : `${duration(gapSeconds * 1_000)} without new orders`}
        </dd>
      </dl>
    </Panel>
  );
}
