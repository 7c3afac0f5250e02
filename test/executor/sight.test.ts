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
  it('lost to 403, 500 or silence is blind after lossGrace, not before; resting orders stay; it heals', async () => {
    const faults = [403, 500, 'hang'] as const;
    const rigs = await Promise.all(faults.map(() => startExecutor({ object: shortGrace })));
    rig = rigs[0] as Rig;
    await Promise.all(rigs.map((one, index) => goBlind(one, faults[index] ?? 500)));
    await Promise.all(rigs.slice(1).map((one) => one.stop()));
  }, 15_000);

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
    expect(await rig.metric('spark_gate_shut{reason="StatusAbsent"}')).toBe(1);
    expect(await rig.metric('spark_gate_shut{reason="Blind"}')).toBe(0);
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

async function goBlind(one: Rig, fault: number | 'hang'): Promise<void> {
  await one.place();
  one.cluster.getFault = fault;
  const lostAt = performance.now();
  const { controlAgeMs } = await one.control();
  const report = await one.until(({ shutReasons }) => shutReasons.includes('Blind'), 6_000);
  const tookMs = performance.now() - lostAt;
  expect(tookMs).toBeGreaterThan(3_000 - (controlAgeMs ?? 0) - 200);
  expect(tookMs).toBeLessThan(3_300);
  expect(report.gatedAt).toBeNull();
  const { status, body } = await one.place();
  expect([status, body.error.code]).toEqual([503, 'CONTROL_BLIND']);
  expect(one.venue.ledger().orders.filter(({ isOpen }) => isOpen)).toHaveLength(1);
  one.cluster.getFault = undefined;
  await one.until(({ gate }) => gate === 'open');
}
