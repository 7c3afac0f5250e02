import type { Logger } from 'pino';
import type { Clock } from '../../../crds/clock.ts';
import type { TradingExecutor } from '../../../crds/trading-executor.ts';
import { announcement } from '../../rollback/announce.ts';
import type { RollbackCluster } from '../../rollback/cluster.ts';
import { instant } from '../../rollback/instant.ts';
import type { Patch } from './decide.ts';

export interface Done {
  /** As the API server answered the write. */
  readonly object: TradingExecutor;
  readonly patch: Patch;
  readonly by: string;
  readonly why: string;
}

export interface RecordOptions {
  /** The operator's own. */
  readonly cluster: Pick<RollbackCluster, 'createEvent'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Who, when and why: a line in the log of this operator and an Event on the executor. Nothing on the
 * object itself: an annotation of ours would be a difference that a GitOps tool undoes. An Event that
 * cannot be written undoes no kill.
 */
export async function recorded(
  { cluster, clock, log }: RecordOptions,
  { object, patch, by, why }: Done,
): Promise<void> {
  const { namespace, name } = object.metadata;
  const now = clock.wall();
  log.info({ by, namespace, name, what: patch.words, why }, 'acted from the console');
  const message = `${patch.words} by ${by} from the console: ${why}`;
  const once = `${instant(now)}/${by}/${patch.words}`;
  const told = { type: 'Normal', reason: 'ActedFromConsole', message, once } as const;
  await cluster
    .createEvent(announcement(object, told, now))
    .catch((err) => log.warn({ err, namespace, name }, 'the Event of it could not be written'));
}
