import { Counter, type Registry } from 'prom-client';
import { REMEDY_REASONS } from '../apply/remedy.ts';
import type { Shell } from './reconcile.ts';

/** Counts and logs what failed, under the reason that condition and Event show as well. */
export function failures(
  registry: Registry,
  log: (message: string, details: Readonly<Record<string, unknown>>) => void,
): Shell['failed'] {
  const total = new Counter({
    name: 'trading_operator_reconcile_failures_total',
    help: 'Calls of the reconciler that failed, by what is wrong.',
    labelNames: ['reason'],
    registers: [registry],
  });
  for (const reason of REMEDY_REASONS) total.inc({ reason }, 0);
  return ({ namespace, name }, { kind: remedy, reason, message, afterMs }) => {
    total.inc({ reason });
    if (reason === 'Conflict') return; // nothing to see: it is planned anew
    log(message, { executor: `${namespace}/${name}`, reason, remedy, afterMs });
  };
}
