import { textOf } from '../crds/names.ts';
import type { OperatorOptions, Parts } from './parts.ts';
import { runController } from './reconcile/controller.ts';
import { followServiceMonitors } from './reconcile/service-monitors.ts';

/** Leads once the lease is held. Resolves with why it is over: the caller then ends the process. */
export async function lead(
  options: OperatorOptions,
  parts: Parts,
  signal: AbortSignal,
): Promise<string> {
  const { clock, log, identity } = options;
  const { election, world, cluster, fence, queue, shell, metrics, rollback, slos } = parts;
  try {
    await election.acquired();
  } catch (cause) {
    if (signal.aborted) return 'stopped';
    throw cause;
  }
  log.info({ identity }, 'leading');
  const over = election.lost().then((why) => {
    fence.drop(why);
    queue.close();
    return why;
  });
  rollback.lead();
  slos.run(signal).catch((err) => log.error({ err }, 'SLOs are not asked about any more'));
  const working = world.startChildren().then(() => {
    void followServiceMonitors(
      { world, cluster, clock, again: () => allAgain(parts) },
      signal,
    ).catch((err) => log.error({ err }, 'ServiceMonitors cannot be watched'));
    return runController({ shell, queue, reconciled: metrics.reconciled });
  });
  working.catch((err) => {
    if (!signal.aborted) log.error({ err }, 'the children cannot be watched');
  });
  return over;
}

function allAgain({ world, queue }: Parts): void {
  for (const { metadata } of world.executors()) queue.add(textOf(metadata));
}
