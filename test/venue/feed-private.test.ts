import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Btcturk, startBtcturk, testKey } from './btcturk/simulator.ts';
import { cancel, submit } from './client.ts';
import { Listener } from './socket-client.ts';

let venue: Btcturk;
beforeEach(async () => {
  venue = await startBtcturk({ settings: { limiter: false, feedBatchMs: 5, cancelDelayMs: 0 } });
});
afterEach(() => venue.stop());

const open = () => Listener.open(venue.feedUrl);

describe('private frames', () => {
  const signature = (nonce: number) =>
    createHmac('sha256', Buffer.from(testKey.privateKey, 'base64'))
      .update(`${testKey.publicKey}${nonce}`)
      .digest('base64');

  async function loggedIn(): Promise<Listener> {
    const listener = await open();
    const { publicKey } = testKey;
    const login = { publicKey, nonce: 3_000, signature: signature(3_000), timestamp: Date.now() };
    listener.say(114, login);
    expect(await listener.next(114)).toEqual({ type: 114, id: 1, ok: true, message: null });
    return listener;
  }

  it('need a login whose signature covers publicKey and nonce', async () => {
    const stranger = await open();
    const wrong = { publicKey: testKey.publicKey, nonce: 3_001, signature: signature(3_000) };
    stranger.say(114, wrong);
    expect((await stranger.next(114)).ok).toBe(false);
    const owner = await loggedIn();
    await submit(venue.url);
    await owner.next(451);
    expect(stranger.unread()).not.toContain(451);
  });

  it('need the websocket permission', async () => {
    await venue.stop();
    venue = await startBtcturk({ keys: [{ ...testKey, permissions: ['trade'] }] });
    const listener = await open();
    const { publicKey } = testKey;
    listener.say(114, { publicKey, nonce: 3_000, signature: signature(3_000) });
    expect((await listener.next(114)).ok).toBe(false);
  });

  it('451 on acceptance, before or beside the REST answer', async () => {
    const owner = await loggedIn();
    const { json } = await submit(venue.url, { newOrderClientId: 'mine' });
    expect(await owner.next(451)).toEqual({
      type: 451,
      pairId: 1,
      symbol: 'BTCTRY',
      id: json.data.id,
      method: 0,
      userId: 1,
      orderType: 0,
      price: '3000000',
      amount: '0.0001',
      numLeft: '0.0001',
      denomLeft: '300',
      newOrderClientId: 'mine',
    });
  });

  it('441 and 423 for each match, 452 with what was left on cancel', async () => {
    const owner = await loggedIn();
    const { json } = await submit(venue.url, { newOrderClientId: 'mine' });
    const id = String(json.data.id);
    venue.control.fill({ id, quantity: '0.00004' });
    expect(await owner.next(441)).toMatchObject({
      id: json.data.id,
      isBid: true,
      method: 0,
      symbol: 'BTCTRY',
      amount: '0.00004',
      price: '3000000',
      clientId: 'mine',
    });
    expect(await owner.next(423)).toMatchObject({
      orderId: json.data.id,
      amount: '0.00004',
      fee: '-0.18',
      tax: '-0.036',
      orderClientId: 'mine',
      preciseAmount: 0.00004,
    });
    const text = owner.texts.find((one) => one.startsWith('[423,'));
    expect(text).toMatch(/"id":1149163839863900\d{3},/);
    await cancel(venue.url, id);
    expect(await owner.next(452)).toMatchObject({
      id: json.data.id,
      amount: '0.0001000000000000',
      numLeft: '0.0000600000000000',
    });
  });

  it('a fill ends without 452 unless feedDeleteOnFill says so', async () => {
    const owner = await loggedIn();
    await submit(venue.url, { price: '4300000' });
    await owner.next(423);
    venue.control.settings({ feedDeleteOnFill: true });
    const { json } = await submit(venue.url, { price: '4300000' });
    expect((await owner.next(452)).id).toBe(json.data.id);
  });

  it('can be missed, doubled or late', async () => {
    const owner = await loggedIn();
    venue.control.feed.addFault({ kind: 'mute', types: [451], times: 1 });
    venue.control.feed.addFault({ kind: 'duplicate', types: [451], times: 1 });
    venue.control.feed.addFault({ kind: 'delay', types: [452], ms: 60_000 });
    await submit(venue.url, { newOrderClientId: 'missed' });
    await submit(venue.url, { newOrderClientId: 'doubled' });
    const twice = [await owner.next(451), await owner.next(451)];
    expect(twice.map((model) => model.newOrderClientId)).toEqual(['doubled', 'doubled']);
    await cancel(venue.url, twice[0].id);
    expect(owner.unread()).not.toContain(452);
    expect(venue.control.release('feed')).toBe(1);
    expect((await owner.next(452)).id).toBe(twice[0].id);
  });
});
