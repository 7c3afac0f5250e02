import { afterEach, describe, expect, it } from 'vitest';
import { anExecutor, killed, respecified, withStatus } from './an-executor.ts';
import { FakeCluster } from './fake-cluster.ts';
import { type Rig, startExecutor } from './start-executor.ts';

let rig: Rig;
afterEach(() => rig.stop());

function current() {
  const { object } = rig.cluster;
  if (object === undefined) throw new Error('there is no object');
  return object;
}

const shortGrace = anExecutor('live', { control: { lossGrace: '3s' } });

describe('sight of the own object', () => {
  it.each([403, 500, 'hang'] as const)(
    'lost to %s is blind after lossGrace, not before, and heals; resting orders stay',
    async (fault) => {
      rig = await startExecutor({ object: shortGrace });
      await rig.place();
      rig.cluster.getFault = fault;
      const lostAt = performance.now();
      const { controlAgeMs } = await rig.control();
      const report = await rig.until(({ shutReasons }) => shutReasons.includes('Blind'), 6_000);
      const tookMs = performance.now() - lostAt;
      expect(tookMs).toBeGreaterThan(3_000 - (controlAgeMs ?? 0) - 200);
      expect(tookMs).toBeLessThan(3_300);
      expect(report.gatedAt).toBeNull();
      const { status, body } = await rig.place();
      expect([status, body.error.code]).toEqual([503, 'CONTROL_BLIND']);
      expect(rig.venue.ledger().orders.filter(({ isOpen }) => isOpen)).toHaveLength(1);
      rig.cluster.getFault = undefined;
      await rig.until(({ gate }) => gate === 'open');
    },
    15_000,
  );

  it('gone is closed at once', async () => {
    rig = await startExecutor();
    rig.cluster.delete();
    await rig.until(({ shutReasons }) => shutReasons.includes('Gone'), 500);
    expect((await rig.place()).status).toBe(403);
  });

  it('gone without a word of the watch is closed by the next GET', async () => {
    rig = await startExecutor({ object: shortGrace });
    rig.cluster.watchIsDeaf = true;
    rig.cluster.delete();
    await rig.until(({ shutReasons }) => shutReasons.includes('Gone'), 1_500);
  });

  it('with no status, or with a status of another uid, is closed', async () => {
    rig = await startExecutor();
    rig.cluster.put(withStatus(current(), null));
    await rig.until(({ shutReasons }) => shutReasons.includes('StatusAbsent'));
    expect((await rig.place()).body.error.code).toBe('EXECUTOR_CLOSED');
    const foreign = { rollback: { uid: 'uid-0', pending: [], latched: false } };
    rig.cluster.put(withStatus(current(), foreign));
    await rig.until(({ shutReasons }) => shutReasons.includes('ForeignStatus'));
    expect((await rig.place()).body.error.code).toBe('EXECUTOR_CLOSED');
  });

  it('that the watch has missed is corrected by the next GET, and counted', async () => {
    rig = await startExecutor({ object: shortGrace });
    rig.cluster.watchIsDeaf = true;
    rig.cluster.put(killed(current()));
    await rig.until(({ gatedAt }) => gatedAt !== null, 1_500);
    await expect
      .poll(() => rig.metric('spark_control_watch_missed'), { timeout: 5_000 })
      .toBeGreaterThan(0);
  });

  it('never had is shut: a new pod starts closed, not ready, and asks its callers to wait', async () => {
    const cluster = await FakeCluster.start();
    cluster.getFault = 500;
    rig = await startExecutor({ object: null, cluster });
    const { status, body } = await rig.place();
    expect([status, body.error.code]).toEqual([503, 'STARTING']);
    expect(await rig.probe('/readyz')).toBe(503);
    expect(await rig.probe('/livez')).toBe(200);
    expect(await rig.metric('spark_gate_open')).toBe(0);
  });

  it('of limits and whitelist is acted on in place', async () => {
    rig = await startExecutor();
    rig.cluster.put(respecified(current(), { whitelist: ['ETHTRY'] }));
    await expect.poll(async () => (await rig.place()).status).toBe(403);
  });
});
