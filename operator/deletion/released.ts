import type { Logger } from 'pino';
import { Counter, type Registry } from 'prom-client';
import type { Observed } from '../reconcile/observed.ts';
import { RELEASES, type Release } from './deletion.ts';
import { alarm, isLoud } from './words.ts';

/** Counts and logs every executor that is let go. Registered at 0, so that the first can be seen. */
export function releases(
  registry: Registry,
  log: Logger,
): (seen: Observed, release: Release) => void {
  const counter = new Counter({
    name: 'trading_operator_deletions_total',
    help: 'Deleted executors that were let go, by why; only Flat and NothingAtStake are good news.',
    labelNames: ['reason'],
    registers: [registry],
  });
  for (const reason of RELEASES) counter.inc({ reason }, 0);
  return ({ executor }, release) => {
    counter.inc({ reason: release.reason });
    const { namespace, name, uid } = executor.metadata;
    const what = { executor: `${namespace}/${name}`, uid, reason: release.reason };
    if (isLoud(release)) log.error(what, `deleted without flat: ${alarm(executor, release)}`);
    else log.info(what, 'a deleted executor was let go');
  };
}
