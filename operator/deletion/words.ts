import { DELETE_WITHOUT_FLAT_ANNOTATION } from '../../crds/names.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import type { Note } from '../apply/action.ts';
import { type Verdict, yes } from '../reconcile/conditions.ts';
import { instant } from '../reconcile/instant.ts';
import type { Observed } from '../reconcile/observed.ts';
import type { Release, Waiting } from './deletion.ts';
import { podsNotFlat } from './not-flat.ts';

/** What status says while a deletion waits. Without numbers of orders: those change all the time. */
export function waits(seen: Observed, { until }: Waiting): Verdict {
  const { name, namespace } = seen.executor.metadata;
  const pods = podsNotFlat(seen);
  const whom = pods.length === 0 ? 'its pod to start and cancel what is open' : pods.join(', ');
  const asItIs = `kubectl annotate tex ${name} -n ${namespace} ${DELETE_WITHOUT_FLAT_ANNOTATION}=${name}`;
  return yes(
    'DeletionWaits',
    `the deletion waits for ${whom} to be flat, until ${instant(until)} (spec.control.deleteDeadline); to let it go with orders open: ${asItIs}`,
  );
}

const WHY: Readonly<Record<Release['reason'], string>> = {
  Flat: 'it is flat',
  NothingAtStake: 'it has no key, so no order at a venue',
  Overridden: `${DELETE_WITHOUT_FLAT_ANNOTATION} says so`,
  NobodyLeft: 'no pod of it is left and none comes back',
  DeadlinePassed: 'spec.control.deleteDeadline has passed',
};

/** Whether an executor went though its orders were not shown to be cancelled. */
export const isLoud = ({ notFlat }: Release): boolean => notFlat.length > 0;

/** The last Event about it; undefined: there is nothing to say. */
export function farewell(executor: TradingExecutor, release: Release): Note | undefined {
  if (release.reason === 'NothingAtStake') return undefined;
  if (!isLoud(release)) {
    const message = 'no order of it was open, in flight or unknown when it was let go';
    return { type: 'Normal', reason: 'DeletedFlat', message };
  }
  return { type: 'Warning', reason: 'DeletedWithoutFlat', message: alarm(executor, release) };
}

export const alarm = ({ spec }: TradingExecutor, { reason, notFlat }: Release): string =>
  `let go because ${WHY[reason]}, but not shown to be flat: ${notFlat.join('; ')}. Look for its open orders at ${spec.venue.name} and cancel them there, or declare it again under its name with killSwitch: true: it finds its journal and cancels them`;
