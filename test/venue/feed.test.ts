import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Btcturk, startBtcturk } from './btcturk/simulator.ts';
import { aBid, cancel, submit } from './client.ts';
import { Listener } from './socket-client.ts';

let venue: Btcturk;
beforeEach(async () => {
  venue = await startBtcturk({ settings: { limiter: false, feedBatchMs: 5, cancelDelayMs: 0 } });
});
afterEach(() => venue.stop());

const open = () => Listener.open(venue.feedUrl);

describe('connection', () => {
  it('greets with 991 and negotiates no compression', async () => {
    const listener = await open();
    expect(await listener.next(991)).toEqual({ type: 991, current: '6.0.0', min: '2.3.0' });
    expect(listener.texts[0]).toBe('[991,{"type":991,"current":"6.0.0","min":"2.3.0"}]');
    expect(listener.socket.extensions).toBe('');
  });

  it('is closed with 1000 at the third ping when none was answered', async () => {
    venue.control.settings({ feedPingMs: 20 });
    const deaf = await Listener.open(venue.feedUrl, { autoPong: false });
    const alive = await open();
    let pings = 0;
    deaf.socket.on('ping', () => {
      pings += 1;
    });
    expect(await deaf.closed()).toBe(1_000);
    expect(pings).toBe(2);
    alive.join('trade', 'BTCTRY');
    expect((await alive.next(100)).ok).toBe(true);
  });

  it('is refused at the 16th within a minute', async () => {
    venue.control.settings({ limiter: true });
    for (let n = 0; n < 15; n += 1) await open();
    await expect(open()).rejects.toThrow('429');
  });

  it('can be closed by the venue, softly or hard', async () => {
    const soft = await open();
    const closed = soft.closed();
    expect(venue.control.feed.close({ code: 1_012 })).toBe(1);
    expect(await closed).toBe(1_012);
    const hard = await open();
    const cut = hard.closed();
    venue.control.feed.close({ hard: true });
    expect(await cut).toBe(1_006);
  });
});

describe('subscription', () => {
  it('acknowledges join and leave, and refuses a second join', async () => {
    const listener = await open();
    listener.join('obdiff', 'BTCTRY');
    listener.join('obdiff', 'BTCTRY');
    listener.join('obdiff', 'BTCTRY', false);
    const answers = [await listener.next(100), await listener.next(100), await listener.next(100)];
    expect(answers).toEqual([
      { type: 100, ok: true, message: 'join|obdiff:BTCTRY' },
      { type: 100, ok: false, message: 'join|obdiff:BTCTRY' },
      { type: 100, ok: true, message: 'leave|obdiff:BTCTRY' },
    ]);
  });

  it.each([
    ['obdiff', 'NOPETRY'],
    ['obdiff', 'btctry'],
    ['nope', 'BTCTRY'],
  ])('acknowledges %s:%s and stays silent', async (channel, event) => {
    const listener = await open();
    listener.join(channel, event);
    expect((await listener.next(100)).ok).toBe(true);
    listener.join('ticker', 'BTCTRY');
    await listener.next(402);
    await listener.next(402);
    expect(listener.unread().filter((type) => type === 431 || type === 432)).toEqual([]);
  });

  it('ignores what is malformed', async () => {
    const listener = await open();
    for (const text of [
      'x',
      '{}',
      '[151]',
      '[151,{"type":999}]',
      '[151,{"type":151,"event":["a"]}]',
    ]) {
      listener.socket.send(text);
    }
    listener.join('trade', 'BTCTRY');
    expect(await listener.next(100)).toMatchObject({ message: 'join|trade:BTCTRY' });
  });
});

describe('ticker', () => {
  it('sends 402 of the pair and repeats it though nothing changed', async () => {
    const listener = await open();
    listener.join('ticker', 'BTCTRY');
    const first = await listener.next(402);
    expect(first).toMatchObject({
      B: '4199990',
      A: '4200000',
      PS: 'BTCTRY',
      LA: '4200000',
      NS: 'BTC',
      DS: 'TRY',
      channel: 'ticker',
      event: 'BTCTRY',
    });
    expect(await listener.next(402)).toEqual(first);
    venue.control.prices({ symbol: 'BTCTRY', last: '4100000' });
    let latest = await listener.next(402);
    while (latest.LA === '4200000') latest = await listener.next(402);
    expect(latest.LA).toBe('4100000');
  });

  it('sends 401 of all pairs for the event all', async () => {
    const listener = await open();
    listener.join('ticker', 'all');
    expect((await listener.next(401)).items).toHaveLength(6);
  });
});

describe('order book', () => {
  it('obdiff: a 431 first, then 432 with the sequence one higher each time', async () => {
    const listener = await open();
    listener.join('obdiff', 'BTCTRY');
    const full = await listener.next(431);
    expect(full).toMatchObject({ PS: 'BTCTRY', channel: 'obdiff', event: 'BTCTRY' });
    expect([full.AO.length, full.BO.length]).toEqual([100, 100]);
    expect(full.AO[0]).toEqual({ A: '0.5', P: '4200000' });
    expect(full.BO[0]).toEqual({ A: '0.5', P: '4199990' });
    const { id } = venue.control.plant(aBid({ price: '4199980' }));
    const inserted = await listener.next(432);
    expect(inserted.CS).toBe(full.CS + 1);
    // The window holds 100 levels: a new one near the touch pushes the furthest one out.
    expect(inserted.BO).toEqual([
      { CP: 1, P: '4199980', A: '0.0001' },
      { CP: 3, P: full.BO[99].P, A: '0.5' },
    ]);
    expect(inserted.AO).toEqual([]);
    venue.control.fill({ id, quantity: '0.00005' });
    const changed = await listener.next(432);
    expect([changed.CS, changed.BO]).toEqual([
      full.CS + 2,
      [{ CP: 0, P: '4199980', A: '0.00005' }],
    ]);
    await cancel(venue.url, id);
    const deleted = await listener.next(432);
    expect([deleted.CS, deleted.BO]).toEqual([
      full.CS + 3,
      [
        { CP: 3, P: '4199980', A: '0.00005' },
        { CP: 1, P: full.BO[99].P, A: '0.5' },
      ],
    ]);
  });

  it('says nothing while a book is unchanged', async () => {
    const listener = await open();
    listener.join('obdiff', 'BTCTRY');
    listener.join('ticker', 'BTCTRY');
    for (let beats = 0; beats < 5; beats += 1) await listener.next(402);
    expect(listener.unread()).not.toContain(432);
  });

  it('orderbook: the whole book each time, counted for itself', async () => {
    const listener = await open();
    listener.join('obdiff', 'BTCTRY');
    const other = await listener.next(431);
    listener.join('orderbook', 'BTCTRY');
    const first = await listener.next(431);
    expect(first.channel).toBe('orderbook');
    expect(first.CS).not.toBe(other.CS);
    venue.control.plant(aBid({ price: '4199980' }));
    const second = await listener.next(431);
    expect([second.CS, second.BO[1]]).toEqual([first.CS + 1, { A: '0.0001', P: '4199980' }]);
  });

  it('a muted 432 leaves a gap in the sequence, and a new join starts afresh', async () => {
    const listener = await open();
    listener.join('obdiff', 'BTCTRY');
    const { CS } = await listener.next(431);
    venue.control.feed.addFault({ kind: 'mute', types: [432], times: 1 });
    venue.control.prices({ symbol: 'BTCTRY', depth: '0.4' });
    listener.join('ticker', 'BTCTRY');
    await listener.next(402);
    await listener.next(402);
    venue.control.prices({ symbol: 'BTCTRY', depth: '0.3' });
    expect((await listener.next(432)).CS).toBe(CS + 2);
    listener.join('obdiff', 'BTCTRY', false);
    listener.join('obdiff', 'BTCTRY');
    expect((await listener.next(431)).AO[0].A).toBe('0.3');
  });

  it('walk moves every market by a step a batch', async () => {
    const listener = await open();
    listener.join('obdiff', 'BTCUSDT');
    await listener.next(431);
    venue.control.settings({ walk: true });
    const first = await listener.next(432);
    const second = await listener.next(432);
    expect(second.CS).toBe(first.CS + 1);
  });
});

describe('public trades', () => {
  it('421 with the last ones on join, then 422 for each', async () => {
    await submit(venue.url, { price: '4300000' });
    const listener = await open();
    listener.join('trade', 'BTCTRY');
    const list = await listener.next(421);
    expect(list).toMatchObject({ symbol: 'BTCTRY', items: [{ P: '4200000', A: '0.0001', S: 0 }] });
    await submit(venue.url, { price: '4000000', orderType: 'sell' });
    const single = await listener.next(422);
    expect(single).toMatchObject({ PS: 'BTCTRY', P: '4199990', A: '0.0001', S: 1 });
    expect(single.I).toMatch(/^\d{19}$/);
  });
});
