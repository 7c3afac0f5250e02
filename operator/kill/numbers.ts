import { Gauge, type Registry } from 'prom-client';
import { effectiveOf } from '../../crds/effective.ts';
import type { TradingExecutor } from '../../crds/trading-executor.ts';

/** Of an executor that is killed: whether every pod has said so, and nothing is left at the venue. */
export interface KillNumbers {
  readonly of: { readonly namespace: string; readonly executor: string };
  readonly isGated: boolean;
  readonly isFlat: boolean;
}

const FLAT = new Set(['Flat', 'NoExecutorRuns']);

/**
 * What the status says of each kill in force. An answer that was given for an earlier generation of
 * the object is none: the kill may be newer.
 */
export const killNumbers = (executors: readonly TradingExecutor[]): readonly KillNumbers[] =>
  executors
    .filter((executor) => effectiveOf(executor).killed)
    .map(({ metadata, status }) => {
      const said = status?.conditions?.find(({ type }) => type === 'KillSwitchConfirmed');
      const isNew = said?.observedGeneration === (metadata.generation ?? 0);
      const isGated = isNew && said?.status === 'True';
      return {
        of: { namespace: metadata.namespace, executor: metadata.name },
        isGated,
        isFlat: isGated && FLAT.has(said.reason),
      };
    });

/** Read when Prometheus asks; without a series for an executor that is not killed. */
export function killMetrics(registry: Registry, kills: () => readonly KillNumbers[]): void {
  const gauge = (name: string, help: string, value: (one: KillNumbers) => boolean) =>
    new Gauge({
      ...{ name, help, labelNames: ['namespace', 'executor'], registers: [registry] },
      collect() {
        this.reset();
        for (const one of kills()) this.set({ ...one.of }, Number(value(one)));
      },
    });
  gauge(
    'trading_operator_kill_gated',
    '1 once every pod of an executor that is killed has confirmed a shut gate.',
    ({ isGated }) => isGated,
  );
  gauge(
    'trading_operator_kill_flat',
    '1 once nothing of it is open, in flight or unknown either.',
    ({ isFlat }) => isFlat,
  );
}
