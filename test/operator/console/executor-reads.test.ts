import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit, calendar } from '../../../operator/console/executor-reads.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { jsonReply } from '../evidence/fake-servers.ts';
import { API, openSite, POD, type Site } from '../evidence/site.ts';

const key = { namespace: 'desk', name: 'btc' };
let site: Site;

beforeAll(async () => {
  site = await openSite('127.77.1.8');
});
afterAll(() => site?.close());

const door = () => ({
  connection: site.options.connection,
  token: async () => 'token-for-executors',
  clock: new ManualClock(),
});

describe('what is read from the executor itself', () => {
  it('is its audit of the window that was asked for, with the pod that said it', async () => {
    let asked: string | null = null;
    site.pod['GET /audit/summary'] = (_body, query) => {
      asked = query.get('window');
      return jsonReply({ windowMs: 900_000, orders: 3, acked: 2 });
    };
    expect(await audit(door(), key, 900_000)).toMatchObject({
      ...{ at: '2026-11-23T03:00:00.000Z', pod: POD, orders: 3, acked: 2 },
    });
    expect(asked).toBe('900s');
  });

  it('is its calendar: the last day it knows, and the days to come', async () => {
    const days = [{ date: '2026-11-23', kind: 'full', phases: [] }];
    const report = { version: 2026112401, source: 'a circular', end: '2028-01-01', days };
    site.pod['GET /calendar'] = jsonReply(report);
    expect(await calendar(door(), key)).toMatchObject({
      ...{ kind: 'sessions', source: 'a circular', version: '2026112401' },
      ...{ endsOn: '2027-12-31', days: [{ ...days[0], name: null }] },
    });
    site.pod['GET /calendar'] = jsonReply({ error: { code: 'NO_CALENDAR' } }, 404);
    expect(await calendar(door(), key)).toMatchObject({ kind: 'always', days: [], endsOn: null });
  });

  it('says why when it cannot be had', async () => {
    site.pod['GET /audit/summary'] = jsonReply({}, 503);
    await expect(audit(door(), key, 60_000)).rejects.toThrow(/desk\/btc was not read: .* 503/);
    site.pod['GET /audit/summary'] = { text: 'not JSON' };
    await expect(audit(door(), key, 60_000)).rejects.toThrow('desk/btc was not read');
    site.api[API.ca] = jsonReply({ data: {} });
    await expect(audit(door(), key, 60_000)).rejects.toThrow('not published its certificate');
    site.api[API.pods] = jsonReply({ items: [] });
    await expect(audit(door(), key, 60_000)).rejects.toMatchObject({ statusCode: 503 });
  });
});
