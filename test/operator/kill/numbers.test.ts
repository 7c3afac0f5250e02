import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import type { TradingExecutor } from '../../../crds/trading-executor.ts';
import { killMetrics, killNumbers } from '../../../operator/kill/numbers.ts';
import { anExecutor } from '../rollback/builders.ts';

/** Killed by its spec in generation 2, with what the status says about it. */
function killed(status: 'True' | 'False' | 'Unknown', reason: string, generation = 2) {
  const executor = anExecutor();
  const lastTransitionTime = '2026-11-23T03:00:00.000Z';
  const said = { type: 'KillSwitchConfirmed', status, reason, message: '', lastTransitionTime };
  return {
    ...executor,
    metadata: { ...executor.metadata, generation: 2 },
    spec: { ...executor.spec, killSwitch: true },
    status: { conditions: [{ ...said, observedGeneration: generation }] },
  } as TradingExecutor;
}

describe('the numbers of a kill', () => {
  it('are none while nobody is killed', () => {
    expect(killNumbers([anExecutor()])).toEqual([]);
  });

  it.each([
    ['Unknown', 'Confirming', false, false],
    ['False', 'Ungated', false, false],
    ['False', 'Unreachable', false, false],
    ['True', 'Gated', true, false],
    ['True', 'Flat', true, true],
    ['True', 'NoExecutorRuns', true, true],
  ] as const)('say of %s/%s: gated %s, flat %s', (status, reason, isGated, isFlat) => {
    const { namespace, name } = anExecutor().metadata;
    const of = { namespace, executor: name };
    expect(killNumbers([killed(status, reason)])).toEqual([{ of, isGated, isFlat }]);
  });

  it('are exported only for those that are killed, and read anew each time', async () => {
    const registry = new Registry();
    let executors: readonly TradingExecutor[] = [anExecutor(), killed('True', 'Gated')];
    killMetrics(registry, () => killNumbers(executors));
    const { namespace, name } = anExecutor().metadata;
    const labels = `{namespace="${namespace}",executor="${name}"}`;
    const text = await registry.metrics();
    expect(text).toContain(`trading_operator_kill_gated${labels} 1`);
    expect(text).toContain(`trading_operator_kill_flat${labels} 0`);
    executors = [anExecutor()];
    expect(await registry.metrics()).not.toContain(labels);
  });

  it('take no answer that was given before the object changed', () => {
    expect(killNumbers([killed('True', 'Flat', 1)])).toMatchObject([
      { isGated: false, isFlat: false },
    ]);
  });

  it('count a latch and a deletion as kills, as executors do', () => {
    const executor = anExecutor();
    const { uid } = executor.metadata;
    const latched = { ...executor, status: { rollback: { uid, pending: [], latched: true } } };
    const metadata = { ...executor.metadata, deletionTimestamp: '2026-11-23T03:00:00Z' };
    expect(killNumbers([latched, { ...executor, metadata }])).toHaveLength(2);
  });
});
