import { afterEach, describe, expect, it } from 'vitest';
import { anExecutor, NAME, NAMESPACE, OPERATOR, RISK } from './an-executor.ts';
import { type Rig, restingBuy, startExecutor } from './start-executor.ts';

let rig: Rig;
afterEach(() => rig.stop());

describe('an order', () => {
  it('reaches the venue once, acknowledged under its own client id', async () => {
    rig = await startExecutor();
    const { status, body } = await rig.place();
    expect(status, JSON.stringify(body)).toBe(201);
    expect(body.order).toMatchObject({ state: 'working', mode: 'live', notionalTry: '100' });
    const { orders } = rig.venue.ledger();
    expect(orders).toHaveLength(1);
    expect(orders[0]).toMatchObject({ clientId: body.order.id, symbol: 'BTCTRY', side: 'buy' });
    const acked = 'spark_place_ack_duration_seconds_count{outcome="acked",mode="live"}';
    expect(await rig.metric(acked)).toBe(1);
  });

  it('spends a quote amount when it is a market buy', async () => {
    rig = await startExecutor();
    const order = { symbol: 'BTCTRY', side: 'buy', type: 'market', quoteQuantity: '500' };
    const { status } = await rig.call('POST', '/place', {
      body: order,
      headers: { 'idempotency-key': 'market-buy' },
    });
    expect(status).toBe(201);
    expect(rig.venue.ledger().orders[0]).toMatchObject({ method: 'market', quantity: '500' });
  });

  it('is answered again under the same key, and sent once, even when both come at once', async () => {
    rig = await startExecutor();
    const both = await Promise.all([rig.place({}, 'twin'), rig.place({}, 'twin')]);
    expect(both.map(({ status }) => status).sort()).toEqual([201, 202]);
    const again = await rig.place({}, 'twin');
    expect(again.status).toBe(201);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(rig.venue.ledger().orders).toHaveLength(1);
  });

  it('is recognised by meaning: 0.00010 is 0.0001; another body under its key is 409', async () => {
    rig = await startExecutor();
    await rig.place({}, 'key');
    expect((await rig.place({ quantity: '0.00010' }, 'key')).status).toBe(201);
    const other = await rig.place({ quantity: '0.0002' }, 'key');
    expect([other.status, other.body.error.code]).toEqual([409, 'IDEMPOTENCY_KEY_REUSED']);
    expect(rig.venue.ledger().orders).toHaveLength(1);
  });

  it('is 422 with the venue’s words when the venue refuses it', async () => {
    rig = await startExecutor();
    rig.venue.control.balance({ asset: 'TRY', balance: '10' });
    const { status, body } = await rig.place();
    expect([status, body.error.code]).toEqual([422, 'VENUE_REJECTED']);
    expect(body.error.message).toContain('BALANCE_NOT_ENOUGH');
    expect(
      await rig.metric('spark_orders_total{status="rejected",error_class="rejected",mode="live"}'),
    ).toBe(1);
  });

  it('with dryRun passes the guards and leaves nothing behind', async () => {
    rig = await startExecutor();
    const { status } = await rig.place({ dryRun: true }, 'dry');
    expect(status).toBe(200);
    expect((await rig.place({}, 'dry')).status).toBe(201);
    expect(rig.venue.ledger().orders).toHaveLength(1);
  });

  it('in paper mode is filled in simulation, without a private call', async () => {
    rig = await startExecutor({ object: anExecutor('paper'), credentials: null });
    const { status, body } = await rig.place({ price: '9000000' });
    expect([status, body.order.state, body.order.mode]).toEqual([201, 'filled', 'paper']);
    const { requests } = rig.venue.ledger();
    expect(requests.filter(({ path }) => path.startsWith('/api/v1/'))).toEqual([]);
    expect((await rig.call('GET', '/balances')).body).toMatchObject({ simulated: true });
  });

  it('names every wrong field', async () => {
    rig = await startExecutor();
    const { status, body } = await rig.place({ quantity: 1, colour: 'red', price: undefined });
    expect([status, body.error.code]).toEqual([422, 'INVALID_ORDER']);
    const fields = body.error.details.fields.map((one: { field: string }) => one.field);
    expect(fields).toEqual(expect.arrayContaining(['quantity', 'colour']));
    expect((await rig.place({ price: undefined })).body.error.message).toContain('price');
  });

  it('needs a key', async () => {
    rig = await startExecutor();
    const { status, body } = await rig.call('POST', '/place', { body: restingBuy });
    expect([status, body.error.code]).toEqual([400, 'IDEMPOTENCY_KEY_REQUIRED']);
  });
});

describe('a caller', () => {
  const headers = { 'idempotency-key': 'k' };

  it('without a token, or with one for somebody else, is 401', async () => {
    rig = await startExecutor();
    const statuses = [];
    const foreign = await rig.cluster.token('desk/trader', { audience: 'other' });
    const old = await rig.cluster.token('desk/trader', { expires: '-30s' });
    for (const token of [null, 'nonsense', foreign, old]) {
      const answer = await rig.call('POST', '/place', { body: restingBuy, token, headers });
      statuses.push(answer.status);
    }
    expect(statuses).toEqual([401, 401, 401, 401]);
  });

  it('does what its role allows: trader, risk, operator, stranger', async () => {
    rig = await startExecutor();
    const { body } = await rig.place();
    const table: Record<string, number[]> = {};
    const operator = `${OPERATOR.namespace}/${OPERATOR.name}`;
    for (const account of ['desk/stranger', operator, RISK]) {
      const token = await rig.cluster.token(account);
      const place = await rig.call('POST', '/place', { body: restingBuy, token, headers });
      const control = await rig.call('GET', '/control', { token });
      const cancel = await rig.call('DELETE', `/orders/${body.order.id}`, { token });
      table[account] = [place.status, control.status, cancel.status];
    }
    expect(table).toEqual({
      'desk/stranger': [403, 403, 403],
      [operator]: [403, 200, 403],
      [RISK]: [403, 200, 200],
    });
  });

  it('is known under a key that was rotated in later', async () => {
    rig = await startExecutor();
    await rig.cluster.rotateKeys();
    // The first read was at least the floor ago only in longer runs: so it may be refused, never 500.
    const token = await rig.cluster.token('desk/trader');
    expect([200, 401]).toContain((await rig.call('GET', '/control', { token })).status);
  });
});

describe('the executor', () => {
  it('publishes the certificate it serves', async () => {
    rig = await startExecutor();
    const published = () => rig.cluster.configMaps.get(`${NAME}-executor-ca`);
    await expect.poll(published).toMatchObject({ data: { 'ca.crt': expect.any(String) } });
    const { data } = published() as { data: Record<string, string> };
    const { Agent, request } = await import('undici');
    const host = `${NAME}-executor.${NAMESPACE}.svc`;
    const connect = { ca: data['ca.crt'] ?? '', servername: host };
    const dispatcher = new Agent({ connect });
    const url = `https://127.0.0.1:${rig.ports.httpsPort}/api/version`;
    const { body } = await request(url, { dispatcher });
    expect(await body.json()).toMatchObject({ tag: 'v1.2-test' });
    await dispatcher.close();
  });
});
