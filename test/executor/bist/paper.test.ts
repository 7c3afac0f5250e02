import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TradingExecutorSpec } from '../../../crds/trading-executor.ts';
import { executorLog } from '../../../executor/log.ts';
import { parseAmount, whole, ZERO } from '../../../executor/order/amount.ts';
import type { OrderId, Terms, VenueView } from '../../../executor/order/order.ts';
import { builtIn } from '../../../executor/venues/bist/calendar/built-in.ts';
import { BistMarket } from '../../../executor/venues/bist/market.ts';
import { PaperVenue } from '../../../executor/venues/paper.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

let folder: string;
let stop: AbortController;
let running: Promise<void>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bist-'));
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort(new Error('the test is over'));
  await running;
  rmSync(folder, { recursive: true, force: true });
});

interface Floor {
  readonly clock: ManualClock;
  readonly paper: PaperVenue;
  readonly changes: Map<string, VenueView>;
}

/** A BIST of its own, at `time` on Tuesday 2026-11-24 in Istanbul. */
async function floor(time: string, symbols: object = {}): Promise<Floor> {
  const clock = new ManualClock(Date.parse(`2026-11-24T${time}:00+03:00`));
  const source = join(folder, 'calendar.json');
  const version = builtIn.version + 1;
  writeFileSync(source, JSON.stringify({ version, source: 'a test', years: {}, symbols }));
  const { venue } = TradingExecutorSpec.parse({
    venue: { name: 'bist', calendarUrl: pathToFileURL(source).href },
    whitelist: [],
  });
  const changes = new Map<string, VenueView>();
  const log = executorLog({}, { write: () => undefined });
  const market = new BistMarket({ clock, log, venue, folder, onPhase: () => paper.match() });
  const paper = new PaperVenue({
    venue: 'bist',
    quote: () => undefined,
    session: (symbol) => market.session(symbol, clock.wall()),
    onChange: (id, view) => changes.set(id, view),
  });
  running = market.run(stop.signal);
  await expect.poll(() => market.calendar().version).toBe(version);
  return { clock, paper, changes };
}

let count = 0;

async function place({ clock, paper }: Floor, more: Partial<Terms> = {}) {
  count += 1;
  const terms: Terms = {
    ...{ id: `o${count}` as OrderId, caller: 'a', key: `k${count}`, bodyHash: '', mode: 'paper' },
    ...{ symbol: 'GARAN.E', side: 'buy', type: 'limit', quantity: whole(10), price: whole(100) },
    ...{ notionalTry: whole(1_000), receivedAt: clock.wall() },
    ...more,
  };
  const reply = await paper.place(terms, 0, () => true);
  return { terms, view: reply.kind === 'acked' ? reply.view : undefined };
}

describe('a BIST order on paper', () => {
  it('trades at its own price in continuous trading', async () => {
    const here = await floor('10:00');
    const { view } = await place(here);
    expect(view).toMatchObject({ status: 'filled', filled: whole(10) });
    const balances = await here.paper.balances();
    expect(balances).toContainEqual({ asset: 'GARAN.E', free: '10', locked: '0' });
    expect(balances).toContainEqual({ asset: 'TRY', free: '999000', locked: '0' });
  });

  it('of the opening call rests through the match and trades at ten', async () => {
    const here = await floor('09:54');
    const { terms, view } = await place(here);
    expect(view).toMatchObject({ status: 'open', filled: ZERO });
    await here.clock.advance(6 * MINUTE_MS - 1_000);
    expect(here.changes.get(terms.id)).toBeUndefined();
    await here.clock.advance(1_000);
    expect(here.changes.get(terms.id)).toMatchObject({ status: 'filled', filled: whole(10) });
  });

  it('of the closing call trades at a closing price that it reaches, else ends with the day', async () => {
    const closingPrice = { day: '2026-11-24', price: '99.50' };
    const here = await floor('18:02', { 'GARAN.E': { closingPrice } });
    const reaches = await place(here);
    const misses = await place(here, { price: whole(99) });
    const unknown = await place(here, { symbol: 'THYAO.E' });
    await here.clock.advance(5 * MINUTE_MS);
    expect(here.changes.get(reaches.terms.id)?.status).toBe('filled');
    const cost = (await here.paper.balances()).find(({ asset }) => asset === 'TRY');
    expect(cost?.free).toBe('999005');
    await here.clock.advance(3 * MINUTE_MS - 1_000);
    expect(here.changes.size).toBe(1);
    await here.clock.advance(1_000);
    for (const { terms } of [misses, unknown]) {
      expect(here.changes.get(terms.id)).toMatchObject({ status: 'canceled', filled: ZERO });
    }
    expect(await here.paper.openOrders()).toEqual([]);
  });

  it('trades at close at the closing price', async () => {
    const closingPrice = { day: '2026-11-24', price: '99.50' };
    const here = await floor('18:08', { 'GARAN.E': { closingPrice } });
    const { view } = await place(here, { price: parseAmount('99.50') ?? ZERO });
    expect(view?.status).toBe('filled');
  });

  it('of a call-only list is collected, and trades when the call is matched', async () => {
    const here = await floor('09:45', { 'GARAN.E': { segment: 'call-only' } });
    const { terms, view } = await place(here);
    expect(view?.status).toBe('open');
    await here.clock.advance(15 * MINUTE_MS);
    expect(here.changes.get(terms.id)?.status).toBe('filled');
  });

  it('that rested over the night before is over', async () => {
    const here = await floor('09:50');
    const yesterday = (here.clock.wall() - 20 * HOUR_MS) as Terms['receivedAt'];
    const { terms } = await place(here, { receivedAt: yesterday });
    await here.clock.advance(1_000);
    expect(here.changes.get(terms.id)?.status).toBe('canceled');
  });
});
