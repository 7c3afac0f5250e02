import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ACKNOWLEDGE_ANNOTATION, ACKNOWLEDGED_BY_ANNOTATION } from '../../crds/names.ts';
import type { ApiServer } from './api-server.ts';
import {
  EXECUTORS,
  executor,
  FULL_NAME,
  type InstalledChart,
  installChart,
  MERGE,
  TRICKLE,
} from './installed-chart.ts';
import type { Answer } from './request.ts';

const PATIENCE = { timeout: 20_000, interval: 100 };
const PAPER = { venue: { name: 'btcturk' } };

let installed: InstalledChart;
let server: ApiServer;

describe('the acknowledgement policy', () => {
  const CURRENT = 'btcturk-20261123031500';
  const OTHER = 'btcturk-20251010101010';
  const LEAD = 'system:serviceaccount:trading:lead';
  let trader: string;
  let lead: string;

  beforeAll(async () => {
    installed = await installChart();
    server = installed.server;
    trader = await installed.person('trader', [`${FULL_NAME}-view`, `${FULL_NAME}-edit`]);
    lead = await installed.person('lead', [`${FULL_NAME}-edit`, 'trading-incident-acknowledger']);
    await installed.post(EXECUTORS, executor('probe', PAPER));
    let attempt = 0;
    await vi.waitFor(async () => {
      const fresh = { [ACKNOWLEDGE_ANNOTATION]: `try-${++attempt}` }; // only a change is looked at
      const { status } = await annotate(trader, fresh, 'probe');
      expect(status).toBe(403); // the API server takes a moment to see a new policy
    }, PATIENCE);
  }, 120_000);
  afterAll(() => installed?.stop());

  beforeEach(async () => {
    const { body } = await installed.post(EXECUTORS, executor('btcturk', TRICKLE));
    const rollback = { uid: body.metadata.uid, pending: [], latched: true, incident: CURRENT };
    await server.request('PATCH', `${EXECUTORS}/btcturk/status`, { status: { rollback } }, MERGE);
    return () => server.request('DELETE', `${EXECUTORS}/btcturk`);
  });

  const patch = (who: string, body: object, name = 'btcturk'): Promise<Answer> =>
    server.request('PATCH', `${EXECUTORS}/${name}`, body, { ...MERGE, token: who });
  const annotate = (who: string, annotations: object, name?: string): Promise<Answer> =>
    patch(who, { metadata: { annotations } }, name);
  const acknowledging = (incident: string | null) => ({ [ACKNOWLEDGE_ANNOTATION]: incident });

  it('refuses an acknowledgement by somebody who may only edit, and says whom to ask', async () => {
    const { status, body } = await annotate(trader, acknowledging(CURRENT));
    expect(status).toBe(403);
    expect(body.message).toContain(
      `system:serviceaccount:trading:trader may not acknowledge incident ${CURRENT}`,
    );
    expect(body.message).toContain('trading-incident-acknowledger');
  });

  it('accepts it from somebody who holds the verb', async () => {
    const by = { [ACKNOWLEDGED_BY_ANNOTATION]: LEAD };
    const { status, body } = await annotate(lead, { ...acknowledging(CURRENT), ...by });
    expect(status, body.message).toBe(200);
  });

  it('refuses a signature that is not the requesting user', async () => {
    const by = { [ACKNOWLEDGED_BY_ANNOTATION]: 'the-boss' };
    const { status, body } = await annotate(lead, { ...acknowledging(CURRENT), ...by });
    expect(status).toBe(403);
    expect(body.message).toContain(`says the-boss, but you are ${LEAD}`);
  });

  it('refuses to let an old signature stand under a new acknowledgement', async () => {
    const old = { metadata: { annotations: { [ACKNOWLEDGED_BY_ANNOTATION]: 'the-boss' } } };
    await server.request(
      'PATCH',
      `${EXECUTORS}/btcturk`,
      { ...old, spec: { mode: 'paper' } },
      MERGE,
    );
    expect((await annotate(lead, acknowledging(CURRENT))).status).toBe(403);
  });

  it('refuses an executor that is created already acknowledged', async () => {
    const born = executor('born', PAPER, acknowledging(CURRENT));
    expect((await installed.post(EXECUTORS, born, { token: trader })).status).toBe(403);
  });

  it('looks at nothing but the acknowledgement', async () => {
    await annotate(lead, acknowledging(CURRENT));
    expect((await patch(trader, { spec: { limits: { maxOrdersPerMinute: 5 } } })).status).toBe(200);
    expect((await annotate(trader, { note: 'seen' })).status).toBe(200);
    expect((await annotate(trader, acknowledging(null))).status).toBe(200);
  });

  it.each([
    ['a kill', { killSwitch: true }],
    ['a stricter mode', { mode: 'paper' }],
  ])('lets %s pass although a stale acknowledgement comes along', async (_, spec) => {
    const stale = { metadata: { annotations: acknowledging(OTHER) } };
    const { status, body } = await patch(trader, { ...stale, spec });
    expect(status, body.message).toBe(200);
  });

  it('refuses the stale one where nothing is tightened', async () => {
    const stale = { metadata: { annotations: acknowledging(OTHER) } };
    expect((await patch(trader, stale)).status).toBe(403);
    const looser = { ...stale, spec: { mode: 'live' } };
    expect((await patch(trader, looser)).status).toBe(403);
  });

  it('refuses a kill that would release the latch in the same write', async () => {
    const both = { metadata: { annotations: acknowledging(CURRENT) }, spec: { killSwitch: true } };
    expect((await patch(trader, both)).status).toBe(403);
  });

  it('refuses a stricter mode that comes with the end of a kill', async () => {
    await server.request('PATCH', `${EXECUTORS}/btcturk`, { spec: { killSwitch: true } }, MERGE);
    const swap = {
      metadata: { annotations: acknowledging(OTHER) },
      spec: { killSwitch: false, mode: 'paper' },
    };
    expect((await patch(trader, swap)).status).toBe(403);
  });
});
