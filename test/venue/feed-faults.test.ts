import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Btcturk, startBtcturk } from './btcturk/simulator.ts';
import { aBid, submit } from './client.ts';
import { startControl } from './control-server.ts';
import { Listener } from './socket-client.ts';

let venue: Btcturk;
beforeEach(async () => {
  venue = await startBtcturk({ settings: { limiter: false, feedBatchMs: 5 } });
});
afterEach(() => venue.stop());

const open = () => Listener.open(venue.feedUrl);

describe('a feed in trouble', () => {
  it('leaves a number out of the sequence when told to', async () => {
    const listener = await open();
    listener.join('obdiff', 'BTCTRY');
    const { CS } = await listener.next(431);
    venue.control.feed.skip();
    venue.control.plant(aBid({ price: '4199980' }));
    expect((await listener.next(432)).CS).toBe(CS + 2);
  });

  it('silent: no frame, no answer and no ping until it is over', async () => {
    venue.control.settings({ feedPingMs: 10 });
    const listener = await open();
    listener.join('ticker', 'BTCTRY');
    await listener.next(402);
    const heard = () => listener.texts.length;
    venue.control.settings({ feedSilent: true });
    let pings = 0;
    listener.socket.on('ping', () => {
      pings += 1;
    });
    const before = heard();
    listener.join('obdiff', 'BTCTRY');
    // A second connection opens and hears no greeting; by its pong the first has had its chance.
    const other = await open();
    other.socket.ping();
    await once(other.socket, 'pong');
    expect([heard(), other.texts.length, pings]).toEqual([before, 0, 0]);
    venue.control.settings({ feedSilent: false });
    expect((await listener.next(402)).PS).toBe('BTCTRY');
  });

  it('writes the ids of trades as bare numbers beyond 2^53', async () => {
    venue.control.settings({ feedTradeIds: 'number' });
    const listener = await open();
    listener.join('trade', 'BTCTRY');
    await listener.next(421);
    await submit(venue.url, { price: '4300000' });
    await listener.next(422);
    expect(listener.texts.at(-1)).toMatch(/"I":\d{19},/);
  });

  it('says whatever it is given, and tells a test all that goes out', async () => {
    const sent: string[] = [];
    venue.control.feed.record((text) => sent.push(text));
    const listener = await open();
    await listener.next(991);
    expect(venue.control.feed.say('[402,{"type":402,"odd":true}]')).toBe(1);
    await listener.next(402);
    expect(listener.texts).toEqual(sent);
  });

  it('has these levers over HTTP too', async () => {
    const control = await startControl(venue.control);
    const push = async (path: string, body?: object) =>
      (await fetch(control.url + path, { method: 'POST', body: JSON.stringify(body) })).json();
    const listener = await open();
    expect(await push('/feed/say', { text: '[801,{"type":801}]' })).toEqual({ told: 1 });
    await listener.next(801);
    expect(await push('/feed/skip')).toEqual({ ok: true });
    expect(await push('/feed/say', {})).toMatchObject({ error: expect.stringContaining('text') });
    await control.stop();
  });
});
