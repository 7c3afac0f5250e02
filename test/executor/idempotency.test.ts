import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import type { EpochMs } from '../../crds/clock.ts';
import { parseRequest } from '../../executor/http/place-body.ts';
import { SqliteJournal } from '../../executor/journal/sqlite.ts';
import { whole } from '../../executor/order/amount.ts';
import type { OrderEvent, OrderId, Terms } from '../../executor/order/order.ts';
import { anExecutor, killed, TRADER } from './an-executor.ts';
import { type Answer, type Rig, restingBuy, startExecutor } from './start-executor.ts';

let rig: Rig;
afterEach(() => rig.stop());

const submits = () => rig.venue.ledger({ route: 'order.submit' }).requests;
const codeOf = ({ status, body }: Answer) => [status, body.error?.code];
const trader = (name: string) => ({ serviceAccount: { namespace: 'desk', name }, role: 'trader' });

/** Placed under the key `mine`; what a replay answers from then on. */
async function placed(object = anExecutor()): Promise<{ id: string; replay(): Promise<Answer> }> {
  rig = await startExecutor({ object });
  const { status, body } = await rig.place({}, 'mine');
  expect(status).toBe(201);
  return { id: body.order.id, replay: () => rig.place({}, 'mine') };
}

/** Not a guard's word, but the order, as it is now. */
function expectReplay(answer: Answer, id: string): void {
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  expect(answer.headers['idempotent-replayed']).toBe('true');
  expect(answer.body.order.id).toBe(id);
  expect(submits()).toHaveLength(1);
}

describe('an idempotency key', () => {
  it('is its caller’s own: another caller’s order under the same key is another order', async () => {
    const callers = [trader('trader'), trader('other')];
    const { id } = await placed(anExecutor('live', { callers }));
    const token = await rig.cluster.token('desk/other');
    const headers = { 'idempotency-key': 'mine' };
    const other = await rig.call('POST', '/place', { body: restingBuy, headers, token });
    expect(other.status).toBe(201);
    expect(other.body.order.id).not.toBe(id);
    expect(rig.venue.ledger().orders).toHaveLength(2);
  });

  it('is answered with the order’s present state', async () => {
    const { id, replay } = await placed();
    const [order] = rig.venue.ledger().orders;
    rig.venue.control.fill({ id: order?.id ?? '', quantity: restingBuy.quantity });
    const state = async () => (await replay()).body.order.state;
    await expect.poll(state, { timeout: 5_000 }).toBe('filled');
    expectReplay(await replay(), id);
  });

  it('is not bound by a refusal, nor by a dry run', async () => {
    rig = await startExecutor();
    expect(codeOf(await rig.place({ symbol: 'ETHTRY' }, 'k'))).toEqual([403, 'SYMBOL_NOT_ALLOWED']);
    expect((await rig.place({ dryRun: true }, 'k')).status).toBe(200);
    expect((await rig.place({}, 'k')).status).toBe(201);
    expect(codeOf(await rig.place({ side: 'sell' }, 'k'))).toEqual([409, 'IDEMPOTENCY_KEY_REUSED']);
    expect(submits()).toHaveLength(1);
  });

  it('sends one order however many twins come at once', async () => {
    rig = await startExecutor();
    const twins = await Promise.all(Array.from({ length: 20 }, () => rig.place({}, 'twin')));
    expect(new Set(twins.map(({ body }) => body.order.id)).size).toBe(1);
    expect(
      twins.filter(({ headers }) => headers['idempotent-replayed'] === undefined),
    ).toHaveLength(1);
    expect(submits()).toHaveLength(1);
  });
});

describe('a replay comes before every guard', () => {
  it('while killed', async () => {
    const { id, replay } = await placed(anExecutor('live', { control: { cancelOnKill: false } }));
    const { object } = rig.cluster;
    if (object !== undefined) rig.cluster.put(killed(object));
    await rig.until(({ gatedAt }) => gatedAt !== null);
    expect(codeOf(await rig.place())).toEqual([403, 'KILL_SWITCH_ACTIVE']);
    expectReplay(await replay(), id);
  });

  it('while blind', async () => {
    const { id, replay } = await placed(anExecutor('live', { control: { lossGrace: '3s' } }));
    rig.cluster.getFault = 500;
    await rig.until(({ shutReasons }) => shutReasons.includes('Blind'), 8_000);
    expect(codeOf(await rig.place())).toEqual([503, 'CONTROL_BLIND']);
    expectReplay(await replay(), id);
  }, 15_000);

  it('while over its limits and off its whitelist', async () => {
    const { id, replay } = await placed();
    const { object } = rig.cluster;
    if (object === undefined) throw new Error('there is no object');
    const limits = { ...object.spec.limits, maxOrdersPerMinute: 0 };
    rig.cluster.put({ ...object, spec: { ...object.spec, limits, whitelist: [] } });
    await expect.poll(async () => codeOf(await rig.place())[0]).toBe(403);
    expectReplay(await replay(), id);
  });

  it('while draining', async () => {
    const { id, replay } = await placed();
    rig.venue.control.addFault({ route: 'order.submit', kind: 'delay', ms: 600, times: 1 });
    const last = rig.place();
    await rig.venue.control.wait({ route: 'order.submit', requests: 2 });
    const stopping = rig.executor.stop();
    const again = await replay();
    expect([again.status, again.body.order.id]).toEqual([201, id]);
    expect(codeOf(await rig.place())).toEqual([503, 'DRAINING']);
    await Promise.all([last, stopping]);
  });

  it('while the journal takes nothing', async () => {
    const { id, replay } = await placed();
    const lock = new DatabaseSync(join(rig.folder, 'data', 'journal.sqlite'));
    lock.exec('BEGIN IMMEDIATE');
    const refused = rig.place();
    // From memory: it does not wait for what the journal cannot do.
    const first = await Promise.race([replay(), refused]);
    expectReplay(first, id);
    expect(codeOf(await refused)).toEqual([503, 'JOURNAL_UNAVAILABLE']);
    expectReplay(await replay(), id);
    lock.exec('ROLLBACK');
    lock.close();
  }, 15_000);
});

describe('an order of six days ago', () => {
  const WORKER = new URL('../../executor/journal/sqlite-worker.ts', import.meta.url);

  /** In the journal, and in no memory. */
  async function old(): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), 'executor-'));
    mkdirSync(join(folder, 'data'));
    const journal = new SqliteJournal(join(folder, 'data', 'journal.sqlite'), WORKER);
    const parsed = parseRequest(restingBuy);
    if (!parsed.ok) throw new Error('not an order');
    const { dryRun: _, ...request } = parsed.request;
    const at = (Date.now() - 6 * 24 * 3_600_000) as EpochMs;
    const terms: Terms = {
      ...request,
      ...{ id: 'old' as OrderId, caller: `system:serviceaccount:${TRADER.replace('/', ':')}` },
      ...{ key: 'mine', bodyHash: parsed.hash, mode: 'live', notionalTry: whole(100) },
      receivedAt: at,
    };
    const view = { venueId: '7', status: 'canceled', filled: whole(0) } as const;
    const placed = { outcome: 'acked', errorClass: 'none', latencyMs: 9, at } as const;
    const events: readonly OrderEvent[] = [
      ...[{ kind: 'received', terms } as const, { kind: 'sent' } as const],
      ...[{ kind: 'placed', placed } as const, { kind: 'seen', view } as const],
    ];
    await journal.append(events.map((event) => ({ at, orderId: terms.id, event })));
    await journal.close();
    return folder;
  }

  it('is still answered for, and its key still bound to its body', async () => {
    rig = await startExecutor({ data: await old() });
    const replay = await rig.place({}, 'mine');
    expect(replay.body.order).toMatchObject({ id: 'old', state: 'canceled' });
    expect(codeOf(await rig.place({ side: 'sell' }, 'mine'))[0]).toBe(409);
    expect(codeOf(await rig.place({ dryRun: true }, 'mine'))[0]).toBe(409);
    expect(submits()).toEqual([]);
  });

  it('is answered for while killed, and takes no place of another order', async () => {
    const limits = { ...anExecutor().spec.limits, maxOrdersPerMinute: 1, maxOpenOrders: 1 };
    rig = await startExecutor({ data: await old(), object: anExecutor('live', { limits }) });
    const replays = await Promise.all([1, 2, 3].map(() => rig.place({}, 'mine')));
    expect(replays.map(({ body }) => body.order.id)).toEqual(['old', 'old', 'old']);
    expect((await rig.place()).status).toBe(201);
    expect(codeOf(await rig.place())[0]).toBe(429);
    expect((await rig.place({}, 'mine')).body.order.id).toBe('old');
    const { object } = rig.cluster;
    if (object !== undefined) rig.cluster.put(killed(object));
    await rig.until(({ flatAt }) => flatAt !== null);
    expect((await rig.place({}, 'mine')).body.order.id).toBe('old');
    expect(submits()).toHaveLength(1);
  });
});
