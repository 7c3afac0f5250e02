import { afterEach, expect, it, vi } from 'vitest';
import { systemClock } from '../../crds/clock.ts';
import { agentTo } from '../../crds/kube/agent.ts';
import { Connections } from '../../executor/venues/btcturk/connections.ts';
import { anExecutor, killed, NAME, NAMESPACE } from './an-executor.ts';
import { type Rig, startExecutor } from './start-executor.ts';

let rig: Rig;
afterEach(async () => {
  vi.unstubAllEnvs();
  await rig.stop();
});

const loosest = {
  ...{ TRADING_MODE: 'live', KILL_SWITCH: '0', MAX_OPM: '300', MAX_NOTIONAL_TRY_S: '1000000000' },
  ...{ WHITELIST: 'BTCTRY,BTCUSDT,ETHTRY', CLOCK_DRIFT_MS: '60000', TOKENS_FILE: '/dev/null' },
};

it('under Kubernetes no variable loosens anything: mode, kill, limits, whitelist, drift', async () => {
  for (const [name, value] of Object.entries(loosest)) vi.stubEnv(name, value);
  const strict = { mode: 'paper', limits: { maxOrdersPerMinute: 2 }, whitelist: ['BTCTRY'] };
  rig = await startExecutor({ object: anExecutor('paper', strict) });
  expect((await rig.place()).body.order.mode).toBe('paper');
  expect((await rig.place({ symbol: 'ETHTRY' })).body.error.code).toBe('SYMBOL_NOT_ALLOWED');
  expect((await rig.place({ quantity: '0.1' })).body.error.code).toBe('NOTIONAL_PER_ORDER');
  expect((await rig.place()).status).toBe(201);
  expect((await rig.place()).body.error.code).toBe('ORDERS_PER_MINUTE');
  const { object } = rig.cluster;
  if (object === undefined) throw new Error('there is no object');
  rig.cluster.put(killed(object));
  await rig.until(({ gatedAt }) => gatedAt !== null);
  expect((await rig.place()).body.error.code).toBe('KILL_SWITCH_ACTIVE');
  expect(rig.venue.ledger().orders).toEqual([]);
});

it('under Kubernetes POST /control changes nothing and says what does', async () => {
  rig = await startExecutor();
  for (const killSwitch of [true, false]) {
    const { status, headers, body } = await rig.call('POST', '/control', { body: { killSwitch } });
    expect([status, headers.allow]).toEqual([405, 'GET']);
    expect(body.error.message).toContain(`kubectl patch tex ${NAME} -n ${NAMESPACE} `);
  }
  expect((await rig.control()).gate).toBe('open');
});

it('under Kubernetes, too, one volume takes one executor, and the next when that is gone', async () => {
  rig = await startExecutor();
  const { folder: data, venue: simulator, cluster } = rig;
  const second = () => startExecutor({ data, simulator, cluster });
  await expect(second()).rejects.toThrow(/data is in use by alpha-executor-0 since /);
  expect((await rig.place()).status).toBe(201);
  await rig.stopExecutor();
  rig = await second();
  expect((await rig.call('GET', '/orders')).body.orders).toHaveLength(1);
});

it('no variable lets a venue or an API server pass that cannot prove its name', async () => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  rig = await startExecutor();
  // The executor's own listener: a certificate that nobody vouches for.
  const origin = `https://localhost:${rig.ports.httpsPort}`;
  const venue = new Connections({ origin, clock: systemClock });
  const ask = { method: 'GET', path: '/api/version' } as const;
  const reply = await venue.call('read', ask, { timeoutMs: 5_000 });
  expect(reply.kind).toBe('not-written');
  const agent = agentTo({});
  await expect(agent.request({ origin, ...ask })).rejects.toThrow(/self-signed|certificate/);
  await Promise.all([venue.close(), agent.destroy()]);
});
