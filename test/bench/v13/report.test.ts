import { describe, expect, it } from 'vitest';
import type { AlertCount } from './alerts.ts';
import { goalLines, type V13Result } from './report.ts';

const told = (acked: { old: number; now: number }, ...alerts: AlertCount[]) => {
  const arm = (count: number) => ({ acked: count, orders: 2_000, wished: { p95: 200 } });
  const result = { unblocked: arm(acked.old), v13: arm(acked.now) };
  const counted = { kind: 'counted', alerts };
  return goalLines({ ...result, alerts: counted } as unknown as V13Result);
};
const fired = (executor: string, activations: number): AlertCount => ({
  ...{ alert: '429Bursts', executor, activations, firingMinutes: 5 },
});

describe('the verdict on the frequency of an alert', () => {
  it('is met when it halves, absolutely and per acknowledged order', () => {
    const [line] = told({ old: 1_000, now: 1_000 }, fired('v12-unblocked', 2), fired('v13', 1));
    expect(line).toContain('2 (2.0) → 1 (1.0); goal −50 % of both: met');
  });

  it('is not met when only fewer orders were acknowledged less often', () => {
    const [line] = told({ old: 1_000, now: 500 }, fired('v12-unblocked', 2), fired('v13', 1));
    expect(line).toMatch(/NOT MET$/);
  });

  it('takes nothing from the arm whose address was blocked', () => {
    const [line] = told({ old: 1_000, now: 1_000 }, fired('v12', 9), fired('v13', 1));
    expect(line).toMatch(/0 \(0\.0\) → 1 \(1\.0\).*NOT MET$/);
  });

  it('is not shown when the alert fired in neither', () => {
    expect(told({ old: 1_000, now: 1_000 })[0]).toContain('NOT SHOWN');
  });
});
