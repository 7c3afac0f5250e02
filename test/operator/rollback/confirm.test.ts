import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Confirmed, confirmAt } from '../../../operator/rollback/confirm.ts';
import { record } from '../../../operator/rollback/record.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { anAlert, stamp } from './builders.ts';
import { aWorld, key } from './world.ts';

const recovery = async () => ({ recovered: false, why: 'test' }) as const;

/** An alert of 02:00:00 told at 03:00:00 or so, and what is on record of it. */
async function sinceOf(confirmed: Confirmed, start: string, rollback: object = {}) {
  const { cluster, desk } = await aWorld(rollback);
  const asked: string[] = [];
  const confirm = async ({ name }: { name: string }, alertname: string) => {
    asked.push(`${name} ${alertname}`);
    return confirmed;
  };
  const now = new Date(desk.clock.wall()).toISOString();
  await record({ ...desk, recovery, confirm }, key, [anAlert({ start })]);
  return { asked, now, since: cluster.btc.status?.rollback?.pending?.[0]?.since };
}

describe('a start already older than persistFor, of which there is no record', () => {
  const OLD = '01:00:00';

  it('is believed when Prometheus knows the alert', async () => {
    const { asked, since } = await sinceOf('fires', OLD);
    expect(asked).toEqual(['btc PlaceAckLatencyRollback']);
    expect(since).toBe(stamp(OLD));
  });

  it('is believed when Prometheus cannot be asked: blind is no reason to wait', async () => {
    expect((await sinceOf('unknown', OLD)).since).toBe(stamp(OLD));
  });

  it('starts a clock now when Prometheus knows nothing of it', async () => {
    const { now, since } = await sinceOf('silent', OLD);
    expect(Date.parse(since ?? '')).toBe(Date.parse(now));
  });

  it('is asked about no more once it is on record', async () => {
    const { cluster, desk } = await aWorld();
    let asked = 0;
    const confirm = async () => {
      asked++;
      return 'fires' as const;
    };
    for (let again = 0; again < 3; again++)
      await record({ ...desk, recovery, confirm }, key, [anAlert({ start: OLD })]);
    expect(asked).toBe(1);
    expect(cluster.btc.status?.rollback?.pending).toHaveLength(1);
  });
});

it('a start that is younger is not asked about, nor an alert that drives no rollback', async () => {
  const world = await aWorld();
  const young = new Date(world.desk.clock.wall() - 599_000).toISOString().slice(11, 19);
  expect((await sinceOf('silent', young)).asked).toEqual([]);
  const others = { matchers: ['severity="none"'] };
  expect((await sinceOf('silent', '01:00:00', others)).asked).toEqual([]);
});

describe('Prometheus', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());
  const asks = async (answer: () => [number, object]) => {
    const queries: string[] = [];
    server = createServer((request, response) => {
      queries.push(new URL(request.url ?? '', 'http://x').searchParams.get('query') ?? '');
      const [status, body] = answer();
      response.writeHead(status).end(JSON.stringify(body));
    });
    await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const clock = new ManualClock();
    const confirm = confirmAt(url, clock);
    return { queries, clock, ask: () => confirm(key, 'Slow"} or vector(1)') };
  };
  const vector = (result: object[]) => ({ status: 'success', data: { result } });

  it('is asked for this alert of this executor, and nothing in its name can widen that', async () => {
    let result: object[] = [{}];
    const { queries, ask } = await asks(() => [200, vector(result)]);
    expect(await ask()).toBe('fires');
    result = [];
    expect(await ask()).toBe('silent');
    expect(queries[0]).toBe(
      'last_over_time(ALERTS{alertname="Slow\\"} or vector(1)",alertstate="firing",namespace="desk",executor="btc"}[5m])',
    );
  });

  it('that does not answer well is unknown, and is left alone for ten seconds', async () => {
    const { queries, clock, ask } = await asks(() => [503, {}]);
    expect([await ask(), await ask()]).toEqual(['unknown', 'unknown']);
    expect(queries).toHaveLength(1);
    await clock.advance(10_000);
    await ask();
    expect(queries).toHaveLength(2);
  });
});
