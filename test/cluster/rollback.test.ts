import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TradingExecutor } from '../../crds/trading-executor.ts';
import type { TradingIncident } from '../../crds/trading-incident.ts';
import { climbed, closeDesk, executorManifest, tradingDesk } from '../system/desk.ts';
import { controlUntil } from '../system/kill.ts';
import { apply, get, kubectl, waitFor } from '../system/kubectl.ts';
import type { ExecutorClient } from '../system/place.ts';
import { activeAlert, forgetSeries } from '../system/prometheus.ts';
import { restingBid, simulator } from '../system/simulator.ts';
import { trade } from '../system/traffic.ts';

const DESK = 'rollback-desk';
const NAME = 'r1';
const PERSIST_FOR_MS = 20_000;
/** Beyond one evaluation, a second here. */
const LATE_MS_MAX = 2_000 + 1_000;
/** The Lease, the venue's window, and a little for who asks. */
const LEASE_MS_MAX = 60_000;
/** A minute of a GitOps tool at its worst. */
const SYNCS = 60;
const terms = { namespace: DESK, name: NAME, persistFor: '20s' };
const declared = executorManifest(terms);
const live = declared.replace('mode: trickle', 'mode: live');
const target = `tradingexecutor/${NAME}`;
let client: ExecutorClient;

const now = () => get<TradingExecutor>(DESK, 'tradingexecutor', NAME);
const sent = async () => (await simulator.orders()).map(({ id }) => id);
const incidentName = async () => (await now()).status?.rollback?.incident ?? '';

beforeAll(async () => {
  client = await tradingDesk(terms);
});

afterAll(async () => {
  await simulator.clearFaults();
  await client?.close();
  await closeDesk(DESK);
});

describe('a rollback that Alertmanager drives', () => {
  it('latches, patches the spec to paper and killed, and keeps the facts as an incident', async () => {
    await simulator.fault({ route: 'order.submit', kind: 'delay', ms: 1_500 });
    const latched = waitFor(DESK, target, 'jsonpath={.status.rollback.latched}=true', 240);
    await trade(client, latched);
    await waitFor(DESK, target, 'jsonpath={.spec.killSwitch}=true', 10); // a latch first, a patch second
    const { spec, status } = await now();
    expect(spec).toMatchObject({ mode: 'paper', killSwitch: true });
    const incident = await get<TradingIncident>(DESK, 'tradingincident', await incidentName());
    expect(incident.spec).toMatchObject({
      executor: { name: NAME },
      alert: { name: 'PlaceAckLatencyRollback' },
      before: { mode: 'trickle', killSwitch: false },
      after: { mode: 'paper', killSwitch: true },
    });
    const alert = await activeAlert('PlaceAckLatencyRollback', NAME);
    const ideal = Date.parse(alert?.activeAt ?? '') + PERSIST_FOR_MS;
    const late = Date.parse(status?.rollback?.since ?? '') - ideal;
    console.log(`latched ${late} ms after activeAt + persistFor`);
    expect(late).toBeGreaterThanOrEqual(0); // never early
    expect(late).toBeLessThan(LATE_MS_MAX);
    await waitFor(DESK, target, 'condition=KillSwitchConfirmed', 30);
    await simulator.clearFaults();
  });

  it.each([
    ['trickle', declared],
    ['live', live],
  ])(
    'accepts a bot that syncs %s every second for a minute, and not one order leaves',
    async (mode, manifest) => {
      const ledger = await sent();
      const bid = await restingBid('BTCTRY');
      for (let sync = 1; sync <= SYNCS; sync += 1) {
        const second = new Promise((wake) => setTimeout(wake, 1_000));
        const synced = manifest.replace('spec:', `  annotations: { sync: ${mode}-${sync} }\nspec:`);
        expect(await apply(synced)).toContain('configured');
        expect(await client.place(bid)).toMatchObject({ status: 403 });
        await second;
      }
      const { spec, status } = await now();
      expect([spec.mode, spec.killSwitch, status?.rollback?.latched]).toEqual([mode, false, true]);
      expect(await sent()).toEqual(ledger);
      await waitFor(DESK, target, 'condition=SpecOverruled', 30);
    },
  );

  it('is still latched after delete and recreate, journal and all', async () => {
    const ledger = await sent();
    const { uid } = (await now()).metadata;
    await kubectl('delete', target, '-n', DESK, '--timeout=120s');
    await client.close();
    await kubectl('delete', 'pvc', 'data-r1-executor-0', '-n', DESK, '--timeout=120s');
    await waitFor(DESK, 'pod/r1-executor-0', 'delete', 60);
    await apply(declared);
    await waitFor(DESK, target, 'jsonpath={.status.rollback.latched}=true', 60);
    expect((await now()).metadata.uid).not.toBe(uid);
    await waitFor(DESK, 'pod/r1-executor-0', 'create', 60);
    await waitFor(DESK, 'pod/r1-executor-0', 'condition=Ready', 120);
    expect(await client.place(await restingBid('BTCTRY'))).toMatchObject({ status: 403 });
    expect(await sent()).toEqual(ledger);
  });

  it('climbs again once a person acknowledges the incident', async () => {
    const incident = await incidentName();
    await kubectl(
      ...['annotate', target, '-n', DESK, `spark.trading/acknowledge-rollback=${incident}`],
    );
    await waitFor(DESK, target, 'jsonpath={.status.rollback.latched}=false', 30);
    const { status } = await get<TradingIncident>(DESK, 'tradingincident', incident);
    expect(status?.acknowledged?.by).toBeTruthy();
    const before = await sent();
    await waitFor(DESK, target, 'jsonpath={.status.effective.mode}=trickle', 30);
    expect((await now()).status?.ladder?.reached).toBe('paper'); // while the alert still fires
    await forgetSeries(DESK); // it ends, though its five minutes have not
    // With its object the old pod lost the right to hand its Lease over: that is waited out first.
    await controlUntil(client, ({ gate }) => gate === 'open', LEASE_MS_MAX);
    const answers: string[] = [];
    await trade(client, climbed(DESK, NAME, 'trickle'), ({ status, body }) =>
      answers.push(`${status} ${(body as { error?: { code: string } }).error?.code ?? ''}`),
    );
    expect(new Set(answers)).toEqual(new Set(['201 ']));
    expect(await sent()).toHaveLength(before.length + answers.length);
  });
});
